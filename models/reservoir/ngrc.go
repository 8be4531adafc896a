package reservoir

import (
	"fmt"

	"lenz/internal/settings"
)

// NGRC is next generation reservoir computing (Gauthier, Bollt, Griffith & Barbosa 2021): no network at all, but the inputs of some past
// steps and their products.
type NGRC struct {
	Delays   int  `name:"delays" doc:"past inputs, the present among them" min:"1" max:"1000"`
	Skip     int  `name:"skip" doc:"steps from one to the next" min:"1" max:"100000"`
	Order    int  `name:"order" doc:"factors of the longest products" min:"1" max:"6"`
	Odd      bool `name:"odd" doc:"odd orders alone, without the constant: for systems that are odd in their state"`
	Constant bool `name:"constant" doc:"a constant feature"`
}

// DefaultNGRC returns the paper's settings for Lorenz's system: two steps, products of two, a constant.
func DefaultNGRC() NGRC { return NGRC{Delays: 2, Skip: 1, Order: 2, Constant: true} }

// Delayed is the machine of NG-RC: its state is the past inputs.
type Delayed struct {
	config NGRC
	inputs int
	terms  [][]int // indices into the linear features; the empty term is the constant
	linear []float64
}

var _ Machine = (*Delayed)(nil)

// New returns the machine for so many inputs.
func (c NGRC) New(inputs int) (*Delayed, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("reservoir: ngrc: %w", err)
	}
	if inputs < 1 {
		return nil, fmt.Errorf("reservoir: ngrc with %d inputs, want at least 1", inputs)
	}
	d := &Delayed{config: c, inputs: inputs, linear: make([]float64, inputs*c.Delays)}
	if c.Constant && !c.Odd {
		d.terms = append(d.terms, nil)
	}
	const most = 100000
	level := [][]int{nil}
	for order := 1; order <= c.Order; order++ {
		var next [][]int
		for _, term := range level {
			least := 0
			if len(term) > 0 {
				least = term[len(term)-1]
			}
			for i := least; i < len(d.linear); i++ {
				next = append(next, append(append([]int{}, term...), i))
			}
			if len(next) > most {
				return nil, fmt.Errorf("reservoir: ngrc has more than %d products of order %d of %d numbers: use fewer delays, a lower order or fewer inputs", most, order, len(d.linear))
			}
		}
		if level = next; !c.Odd || order%2 == 1 {
			d.terms = append(d.terms, next...)
		}
	}
	return d, nil
}

// History is the number of inputs before which features are wrong.
func (d *Delayed) History() int { return (d.config.Delays-1)*d.config.Skip + 1 }

// Inputs is the number of inputs.
func (d *Delayed) Inputs() int { return d.inputs }

// StateSize is the inputs of a history.
func (d *Delayed) StateSize() int { return d.inputs * d.History() }

// Features is the number of terms.
func (d *Delayed) Features() int { return len(d.terms) }

// Step shifts the past; the newest input comes first.
func (d *Delayed) Step(state, u []float64) {
	copy(state[d.inputs:], state)
	copy(state, u)
}

// Read writes the constant, the inputs from the newest on, and the products by order.
func (d *Delayed) Read(features, state, _ []float64) {
	for k := range d.config.Delays {
		copy(d.linear[k*d.inputs:][:d.inputs], state[k*d.config.Skip*d.inputs:])
	}
	for f, term := range d.terms {
		v := 1.0
		for _, i := range term {
			v *= d.linear[i]
		}
		features[f] = v
	}
}

// Fork returns a machine for another goroutine.
func (d *Delayed) Fork() Machine {
	f := *d
	f.linear = make([]float64, len(d.linear))
	return &f
}
