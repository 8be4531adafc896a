package job

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
	"lenz/models/recurrent"
	"lenz/models/reservoir"
	"lenz/train/diagnose"
	"lenz/train/report"
)

// Diagnosis is what lenz diagnose finds on a run.
type Diagnosis struct {
	Run       string    `json:"run"`
	Model     string    `json:"model"`
	States    int       `json:"states"`
	Rows      int       `json:"rows"`                         // of the training part that drive the model
	EchoState bool      `json:"echo_state"`                   // two states come together under the data
	Rate      float64   `json:"rate"`                         // per step, of their distance
	Effective *float64  `json:"effective_spectral_radius"`    // exp of the largest exponent
	Exponents []float64 `json:"exponents"`                    // per step, of the driven model; null of one whose derivative says nothing
	Gradient  []float64 `json:"gradient_norms"`               // of the Jacobian product, by steps back
	HalfLife  *int      `json:"gradient_half_life"`           // steps after which the norm stays below a half; null if it does not
	Memory    *float64  `json:"memory_capacity"`              // of one random input, from delay 1 on (Jaeger 2002); null where the model has several
	ByDelay   []float64 `json:"memory_by_delay,omitempty"`    // from delay 0
	ByDegree  []float64 `json:"capacity_by_degree,omitempty"` // from delay 0 on (Dambre et al. 2012), so that degree 1 has the present input too
	Capacity  *float64  `json:"information_processing_capacity"`
	Notes     []string  `json:"notes,omitempty"`
	distances []float64
	Files     []string `json:"files,omitempty"`
}

// sizes of the measurements.
const (
	diagnosedRows  = 600
	gradientWarm   = 100
	gradientSteps  = 100
	mostGradient   = 400 // states, above which Jacobian products take too long
	diagnosedPairs = 4
)

// Diagnose measures memory, stability and gradient flow of a trained model, driven by the training part.
func Diagnose(ctx context.Context, path string) (*Diagnosis, []report.Figure, error) {
	r, err := OpenRun(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	s, err := stepped(r.Pipeline.Model)
	if err != nil {
		return nil, nil, err
	}
	u, err := r.Task.drive(diagnosedRows)
	if err != nil {
		return nil, nil, err
	}
	if have := len(r.Task.Layout.Inputs); have != s.Inputs() {
		return nil, nil, fmt.Errorf("%s takes %d inputs, the data have %d: a recursive forecaster with known columns cannot be diagnosed", r.Config.Model.Model, s.Inputs(), have)
	}
	d := &Diagnosis{Run: path, Model: r.Config.Model.Model, States: s.StateSize(), Rows: len(u) / s.Inputs()}
	if err := d.contraction(s, u); err != nil {
		return nil, nil, err
	}
	if spikes(r.Pipeline.Model) {
		d.Notes = append(d.Notes, withoutDerivative)
	} else if err := d.derivatives(ctx, s, u); err != nil {
		return nil, nil, err
	}
	if err := d.memory(s); err != nil {
		return nil, nil, err
	}
	return d, d.figures(), nil
}

// stepped returns a model as a state that is stepped.
func stepped(m any) (diagnose.System, error) {
	switch m := m.(type) {
	case *reservoir.Model:
		return m.Network(), nil
	case *recurrent.Model:
		return m.Stepper()
	}
	return nil, fmt.Errorf("a model without a recurrent state cannot be diagnosed")
}

// drive returns the first rows of the training part, scaled, [rows, inputs].
func (t *Task) drive(rows int) ([]float64, error) {
	if t.Windows == nil {
		b, ok := t.Train.Next()
		if !ok {
			return nil, fmt.Errorf("%s has no training sequences to drive the model with", t.Data.Info.Name)
		}
		var u []float64
		for k := range b.B { // one after the other
			for i := range b.T {
				u = append(u, b.X.Data[(i*b.B+k)*len(t.Layout.Inputs):][:len(t.Layout.Inputs)]...)
			}
			if len(u) >= rows*len(t.Layout.Inputs) {
				break
			}
		}
		return u, nil
	}
	s, err := t.Windows.Stream(datasets.Train, datasets.StreamOptions{Streams: 1, Chunk: rows})
	if err != nil {
		return nil, err
	}
	b, ok := s.Next()
	if !ok {
		return nil, fmt.Errorf("%s has no training rows to drive the model with", t.Data.Info.Name)
	}
	return append([]float64{}, b.X.Data...), nil
}

// withoutDerivative says why a spiking network has neither exponents nor gradients. Between spikes its derivative is that of leaky integrators
// and filters, whose largest exponent is minus the length of a step over the longest time constant, also of a network in which no two states
// ever meet ("stable chaos": Zillmer, Livi, Politi & Torcini 2006); a difference quotient across a spike measures the jump over its own step.
const withoutDerivative = "no exponents and no gradients: the model spikes. A spike resets a neuron, and the state jumps where one comes or goes; between spikes " +
	"every small difference decays with the time constants of neurons and filters, whatever the network does with large ones. Whether it forgets is what the distance of two states says"

// spikes tells whether a model's state jumps.
func spikes(m any) bool {
	r, ok := m.(*reservoir.Model)
	return ok && r.Network().Spikes()
}

func (d *Diagnosis) contraction(s diagnose.System, u []float64) error {
	c, err := diagnose.EchoState(s, u, diagnosedPairs, 1)
	if err != nil {
		return err
	}
	d.EchoState, d.Rate, d.distances = c.Holds, c.Rate, c.Distances
	return nil
}

// derivatives measures what small differences of the state become.
func (d *Diagnosis) derivatives(ctx context.Context, s diagnose.System, u []float64) error {
	warm := min(gradientWarm, d.Rows/3)
	var err error
	if d.Exponents, err = diagnose.Exponents(s, u, warm, min(8, s.StateSize()), 1); err != nil {
		return fmt.Errorf("%w (the training part has %d rows)", err, d.Rows)
	}
	slices.SortFunc(d.Exponents, func(a, b float64) int { return cmp.Compare(b, a) }) // near ones come in any order from a short drive
	effective := math.Exp(d.Exponents[0])
	d.Effective = &effective
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.gradients(s, u)
}

func (d *Diagnosis) gradients(s diagnose.System, u []float64) error {
	if s.StateSize() > mostGradient {
		d.Notes = append(d.Notes, fmt.Sprintf("gradient norms are left out: they need matrices of %d x %d states, more than %d", d.States, d.States, mostGradient))
		return nil
	}
	warm := min(gradientWarm, d.Rows/3)
	norms, err := diagnose.GradientNorms(s, u[:min(len(u), (warm+gradientSteps)*s.Inputs())], warm)
	if err != nil {
		return err
	}
	d.Gradient = norms
	for k := len(norms) - 1; k >= 0 && norms[k] < 0.5; k-- {
		steps := k + 1
		d.HalfLife = &steps
	}
	return nil
}

func (d *Diagnosis) memory(s diagnose.System) error {
	if s.Inputs() != 1 || s.StateSize() > 1000 {
		d.Notes = append(d.Notes, fmt.Sprintf("memory is left out: it is measured with one random input on at most 1000 states, the model has %d and %d", s.Inputs(), s.StateSize()))
		return nil
	}
	spec := diagnose.DefaultMemory()
	spec.Steps, spec.Washout, spec.Delays = max(4000, 20*s.StateSize()), 300, 100
	linear, err := diagnose.Measure(s, spec)
	if err != nil {
		return err
	}
	mc := linear.Linear()
	d.Memory, d.ByDelay = &mc, linear.ByDelay
	spec.Delays, spec.Degree = 8, 3
	all, err := diagnose.Measure(s, spec)
	if err != nil {
		return err
	}
	for k := 1; k < len(all.ByDegree); k++ { // degree 1 with all delays
		linear.Total += all.ByDegree[k]
	}
	d.ByDegree = append([]float64{linear.ByDegree[0]}, all.ByDegree[1:]...)
	d.Capacity = &linear.Total
	return nil
}

// Convention says why degree 1 of the processing capacity exceeds the memory capacity.
func (d *Diagnosis) Convention() string {
	return fmt.Sprintf("memory counts delays from 1 (Jaeger 2002), processing capacity from 0 (Dambre et al. 2012): its degree 1 has the present input as well, whose capacity is %.2f", d.ByDelay[0])
}

func (d *Diagnosis) figures() []report.Figure {
	line := func(y []float64, from int) report.Line {
		l := report.Line{Color: report.Blue, Y: y}
		for i := range y {
			l.X = append(l.X, float64(i+from))
		}
		return l
	}
	f := report.Figure{Name: "diagnosis", Title: "What the model remembers", Caption: "Under the training data; memory, where it is measured, of one random input."}
	if d.ByDelay != nil {
		f.Caption += " Its sum from delay 1 on is the memory capacity; " + d.Convention() + "."
	}
	f.Panels = append(f.Panels, report.Panel{Title: "two states under one input", X: report.Axis{Name: "step"}, Y: report.Axis{Name: "distance, relative to the first", Log: true}, Lines: []report.Line{line(untilRounding(d.distances), 0)}})
	if d.Gradient != nil {
		f.Panels = append(f.Panels, report.Panel{Title: "gradient through time", X: report.Axis{Name: "steps back"}, Y: report.Axis{Name: "norm of the Jacobian product", Log: true}, Lines: []report.Line{line(d.Gradient, 1)}})
	}
	if exponents := line(d.Exponents, 1); d.Exponents != nil {
		exponents.Dots = true
		f.Panels = append(f.Panels, report.Panel{Title: "Lyapunov exponents of the driven model", X: report.Axis{Name: "exponent, from the largest", Whole: true}, Y: report.Axis{Name: "per step"}, Lines: []report.Line{exponents}})
	}
	if d.ByDelay != nil {
		f.Panels = append(f.Panels, report.Panel{Title: "memory of a random input", X: report.Axis{Name: "delay, in steps"}, Y: report.Axis{Name: "capacity", Zero: true}, Lines: []report.Line{line(d.ByDelay, 0)}})
	}
	return []report.Figure{f}
}

// untilRounding cuts off what comes after distances have drowned in rounding, but for a little that shows it.
func untilRounding(d []float64) []float64 {
	if end := slices.IndexFunc(d, func(v float64) bool { return v < 1e-15 }); end >= 0 {
		return d[:min(len(d), end+end/4+2)]
	}
	return d
}
