package optim

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// LBFGS steps along an estimate of Newton's direction, made of the last changes of parameters s and gradients y (Liu &
// Nocedal 1989, "On the limited memory BFGS method for large scale optimization", algorithm 2.1), as far as a line search
// with strong Wolfe conditions says:
//
//	d_k = -H_k g_k,  H_k by the two-loop recursion from (s'y / y'y) I and the pairs (s_i, y_i)
//	x_{k+1} = x_k + t_k d_k
//
// It is a full-batch method: the line search compares losses, and the pairs gradients, that must be of one function. Let a
// batch hold all the data, and put no clipping or other transform before it. It evaluates the gradient itself, so it is driven by
// StepWith; a step is several iterations on the batch, as PyTorch's with line_search_fn="strong_wolfe".
type LBFGS struct {
	Rate       float64 `name:"rate" doc:"step that the line search tries first, in units of the direction" min:"0"` // 1
	History    int     `name:"history" doc:"pairs that are remembered" min:"1"`                                     // 10; the paper has 3 to 7, PyTorch 100
	Iterations int     `name:"iterations" doc:"iterations in a step, at most; evaluations are 5/4 of them" min:"1"` // 20, PyTorch's
	Gradient   float64 `name:"gradient" doc:"largest gradient at which a step is over" min:"0"`                     // 1e-7, PyTorch's
	Change     float64 `name:"change" doc:"smallest change of loss or parameters worth going on for" min:"0"`       // 1e-9, PyTorch's
}

// DefaultLBFGS remembers 10 pairs, and has PyTorch's 20 iterations a step and tolerances 1e-7 and 1e-9.
func DefaultLBFGS() LBFGS {
	return LBFGS{Rate: 1, History: 10, Iterations: 20, Gradient: 1e-7, Change: 1e-9}
}

// Search is where to tune it.
func (LBFGS) Search() []Range { return []Range{logRange("rate", 0.01, 1)} }

// FullBatch marks it as a full-batch method.
func (LBFGS) FullBatch() {}

type lbfgs struct {
	*solver
	settings LBFGS
	alpha    []float64 // of the two-loop recursion
	line     wolfe
	model    []gorgonia.ValueGrad // of the present step, as is closure
	closure  Closure
}

var (
	_ Reevaluator = (*lbfgs)(nil)
	_ needy       = (*lbfgs)(nil)
)

// Slots of L-BFGS before the pairs: direction, gradient before, start of the line, and gradients of trials.
const (
	lbfgsD = iota
	lbfgsBefore
	lbfgsX
	lbfgsG
	lbfgsPairs = lbfgsG + 4 // y of pair i at lbfgsPairs + 2i, s after it
)

// Shared numbers of L-BFGS before the 1/s'y of each pair.
const (
	lbfgsCount = iota // pairs
	lbfgsFirst        // the oldest pair
	lbfgsT            // last step
	lbfgsScale        // s'y / y'y
	lbfgsDone         // iterations so far
	lbfgsRho
)

// New returns the optimizer, or an error that names the setting which is out of bounds.
func (c LBFGS) New() (Optimizer, error) {
	slots := []slot{{name: "d"}, {name: "before"}, {name: "x", scratch: true}}
	for range 4 {
		slots = append(slots, slot{name: "g", scratch: true})
	}
	shared := []number{{"count", 0}, {"first", 0}, {"t", 0}, {"scale", 1}, {"iterations", 0}}
	for i := range c.History {
		slots = append(slots, slot{name: fmt.Sprintf("y%d", i)}, slot{name: fmt.Sprintf("s%d", i)})
		shared = append(shared, number{fmt.Sprintf("rho%d", i), 0})
	}
	o, err := newSolver("lbfgs", c, c.Rate, method{
		slots: slots, shared: shared, whole: "its direction and its line search are those of all parameters together",
	})
	if err != nil {
		return nil, err
	}
	l := &lbfgs{solver: o.(*solver), settings: c, alpha: make([]float64, c.History)}
	l.line = wolfe{evaluate: l.evaluate, slots: [4]int{lbfgsG, lbfgsG + 1, lbfgsG + 2, lbfgsG + 3}, least: c.Change}
	return l, nil
}

func (l *lbfgs) needsClosure() {}

// Step is refused: L-BFGS needs the closure.
func (l *lbfgs) Step([]gorgonia.ValueGrad) error { return errNeedsClosure("lbfgs") }

// StepWith takes up to Iterations iterations on the batch. An error of the closure leaves the parameters where the iteration began.
func (l *lbfgs) StepWith(model []gorgonia.ValueGrad, closure Closure) error {
	loss, err := closure()
	if err != nil {
		return err
	}
	if err := l.gather(model); err != nil {
		return fmt.Errorf("lbfgs: %w", err)
	}
	if loss-loss != 0 {
		return fmt.Errorf("lbfgs: the loss is %v: lower the rate", loss)
	}
	l.model, l.closure = model, closure
	l.keepGradient(lbfgsG)
	if _, most := l.sizes(lbfgsG); most <= l.settings.Gradient || l.rate == 0 {
		return nil
	}
	for _, e := range l.now {
		e.t++
	}
	at := trial{f: loss, g: lbfgsG}
	evaluations, budget := 1, l.settings.Iterations*5/4
	for i := 1; ; i++ {
		before := at.f
		l.direct(at.g)
		at.t, at.slope = 0, l.dots(at.g, lbfgsD)
		if at.slope > -l.settings.Change {
			return nil
		}
		l.line.most = budget - evaluations
		if at, err = l.search(at); err != nil {
			return err
		}
		evaluations += l.line.tries
		_, steepest := l.sizes(at.g)
		if i == l.settings.Iterations || evaluations >= budget || steepest <= l.settings.Gradient ||
			l.line.length*at.t <= l.settings.Change || math.Abs(at.f-before) < l.settings.Change {
			return nil
		}
	}
}

// direct takes the last step into the pairs and finds the direction, from the gradient in slot g.
func (l *lbfgs) direct(g int) {
	n := l.shared
	if n[lbfgsDone] == 0 {
		l.combine(lbfgsD, -1, g, 0, g)
		sum, _ := l.sizes(g)
		n[lbfgsT] = min(1, 1/sum) * l.rate
	} else {
		l.remember(g)
		l.recurse(g)
		n[lbfgsT] = l.rate
	}
	n[lbfgsDone]++
	l.combine(lbfgsBefore, 1, g, 0, g)
}

// remember adds the pair s = t d, y = g - g before, if its curvature is positive.
func (l *lbfgs) remember(g int) {
	n := l.shared
	full := int(n[lbfgsCount]) == l.settings.History
	place := (int(n[lbfgsFirst]) + int(n[lbfgsCount])) % l.settings.History
	y, s := lbfgsPairs+2*place, lbfgsPairs+2*place+1
	// The trial slots are free but for g; the pair is tested before it replaces the oldest.
	free := lbfgsG
	if g == free {
		free++
	}
	l.combine(free, 1, g, -1, lbfgsBefore)
	sy := n[lbfgsT] * l.dots(free, lbfgsD)
	if !(sy > 1e-10) {
		return
	}
	l.combine(y, 1, free, 0, free)
	l.combine(s, n[lbfgsT], lbfgsD, 0, lbfgsD)
	n[lbfgsRho+place], n[lbfgsScale] = 1/sy, sy/l.dots(y, y)
	if full {
		n[lbfgsFirst] = float64((int(n[lbfgsFirst]) + 1) % l.settings.History)
	} else {
		n[lbfgsCount]++
	}
}

// recurse is the two-loop recursion: d = -H g.
func (l *lbfgs) recurse(g int) {
	n := l.shared
	count, first := int(n[lbfgsCount]), int(n[lbfgsFirst])
	l.combine(lbfgsD, -1, g, 0, g)
	for i := count - 1; i >= 0; i-- {
		place := (first + i) % l.settings.History
		y, s := lbfgsPairs+2*place, lbfgsPairs+2*place+1
		l.alpha[i] = l.dots(s, lbfgsD) * n[lbfgsRho+place]
		l.combine(lbfgsD, 1, lbfgsD, -l.alpha[i], y)
	}
	l.combine(lbfgsD, n[lbfgsScale], lbfgsD, 0, lbfgsD)
	for i := range count {
		place := (first + i) % l.settings.History
		y, s := lbfgsPairs+2*place, lbfgsPairs+2*place+1
		l.combine(lbfgsD, 1, lbfgsD, l.alpha[i]-l.dots(y, lbfgsD)*n[lbfgsRho+place], s)
	}
}

// search moves the parameters along the direction.
func (l *lbfgs) search(at trial) (trial, error) {
	l.keepValues(lbfgsX)
	_, l.line.length = l.sizes(lbfgsD)
	best, err := l.line.search(at, l.shared[lbfgsT])
	if err != nil {
		l.moveTo(lbfgsX, 0, lbfgsD)
		return at, err
	}
	l.shared[lbfgsT] = best.t
	l.moveTo(lbfgsX, best.t, lbfgsD)
	return best, nil
}

// evaluate is the trial of step t, with its gradient in slot g.
func (l *lbfgs) evaluate(t float64, g int) (trial, error) {
	l.moveTo(lbfgsX, t, lbfgsD)
	loss, err := l.closure()
	if err != nil {
		return trial{}, err
	}
	for i, vg := range l.model {
		v, err := look(vg)
		if err != nil {
			return trial{}, fmt.Errorf("lbfgs: %w", err)
		}
		l.now[i].view = v
	}
	l.keepGradient(g)
	return trial{t, loss, l.dots(g, lbfgsD), g}, nil
}
