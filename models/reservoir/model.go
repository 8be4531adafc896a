package reservoir

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/state"
	"lenz/models"
)

// mostPicked bounds the windows of the validation part on which penalties are compared.
const mostPicked = 64

// Model is a reservoir that forecasts, for batches of one layout. It learns in closed form: Accumulate drives it through streams of the training
// part (batches that carry their state, with targets one step ahead) or through windows, Solve finds the readouts and chooses the
// penalty by closed-loop forecasts of validation windows. A forecast drives the state from zero through the window and then
// feeds the outputs back, one step at a time. Outputs that are fed back and no inputs are taught while learning, and the model's own in forecasts. Its parameters are the readouts; the reservoirs are drawn again from the seed.
type Model struct {
	name     string
	training Training
	layout   datasets.Layout
	params   *graph.Params
	net      *Network
	walks    []*Walk // of the streams
	picked   []pick
	passed   int // validation windows that went by
	every    int // one of so many is picked
}

// pick is a validation window, driven to its end.
type pick struct {
	state, u, future, y, mask []float64
}

var (
	_ models.Model   = (*Model)(nil)
	_ state.Stateful = (*Model)(nil)
)

func (t Training) model(name string, pooled bool, l datasets.Layout, seed uint64, parts []Part) (*Model, error) {
	if l.Kind != datasets.Forecast || l.Horizon < 1 || l.Input < 1 {
		return nil, fmt.Errorf("%s forecasts series, the data has labels (%v): use lstm, gru or rnn for them", name, l.Kind)
	}
	if len(t.Ridge) == 0 {
		return nil, fmt.Errorf("%s: no ridge to choose from: give at least one", name)
	}
	for j, i := range l.TargetInputs {
		if i < 0 && len(parts[0].Back) == 0 {
			return nil, fmt.Errorf("%s: the past of %s is not among the inputs, so that its forecast cannot be fed back: make it one, or set feedback where the model has it", name, l.Targets[j])
		}
	}
	o := Options{Inputs: len(l.Inputs), Outputs: len(l.Targets), Feed: l.TargetInputs, Increment: t.Increment, Intercept: t.Intercept,
		Noise: t.Noise, Seed: seed, Pooled: pooled, Forget: t.Forget, Rate: t.Rate, Ridge: t.Ridge[0], Bound: 1e4}
	if t.Learner != "ridge" {
		o.Online = t.Learner
	}
	net, err := NewNetwork(o, parts...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if h := net.History(); h > l.Input {
		return nil, fmt.Errorf("%s needs %d rows of the past, a window has %d: give --input %d or more, or fewer delays", name, h, l.Input, h)
	}
	m := &Model{name: name, training: t, layout: l, params: graph.NewParams(graph.Float64, seed), net: net, every: 1}
	for i, r := range net.readouts() {
		if _, err := m.params.Add(m.weightName(i), graph.Zeros(), r.features, r.outputs); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for i, r := range net.readouts() { // what loads a file loads the readout
		r.weights = m.params.All()[i].Value().Data().([]float64)
	}
	return m, nil
}

func (m *Model) weightName(i int) string {
	if len(m.net.readouts()) == 1 {
		return "readout.weight"
	}
	return fmt.Sprintf("parts.%d.readout.weight", i)
}

// Params returns the readouts' weights, [features, outputs].
func (m *Model) Params() *graph.Params { return m.params }

// Layout describes the batches.
func (m *Model) Layout() datasets.Layout { return m.layout }

// Network returns the reservoirs and readouts themselves.
func (m *Model) Network() *Network { return m.net }

// Washout is the number of rows at the beginning of a series that are not learnt from.
func (m *Model) Washout() int { return m.training.Washout }

// Close does nothing: there is nothing to let go of.
func (m *Model) Close() error { return nil }

func (m *Model) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", m.name, err)
}

// Accumulate learns from a batch of the training part, or keeps windows of the validation part.
func (m *Model) Accumulate(ctx context.Context, part datasets.Part, b datasets.Batch) error {
	if err := ctx.Err(); err != nil {
		return m.fail(err)
	}
	if want := []int{b.T, b.B, len(m.layout.Inputs)}; !slices.Equal(b.X.Shape, want) {
		return m.fail(fmt.Errorf("the inputs have the shape %v, want %v", b.X.Shape, want))
	}
	switch {
	case part == datasets.Valid && !b.Carry:
		return m.fail(m.pick(b))
	case part != datasets.Train:
		return m.fail(fmt.Errorf("it learns from the training part and chooses on windows of the validation part: it takes no such batches of the %v part", part))
	case b.Carry:
		return m.fail(m.stream(b))
	}
	return m.fail(m.windows(b))
}

// stream learns from sequences that go on from batch to batch.
func (m *Model) stream(b datasets.Batch) error {
	if len(m.walks) != b.B {
		m.walks = make([]*Walk, b.B)
	}
	in, out := len(m.layout.Inputs), len(m.layout.Targets)
	for k := range b.B {
		if m.walks[k] == nil || b.Reset != nil && b.Reset[k] {
			m.walks[k] = m.net.NewWalk()
		}
		rows := b.T
		if b.Lengths != nil {
			rows = b.Lengths[k]
		}
		u, y := make([]float64, rows*in), make([]float64, rows*out)
		for t := range rows {
			copy(u[t*in:][:in], b.X.Data[(t*b.B+k)*in:])
			for j := range out {
				at := (t*b.B+k)*out + j
				if y[t*out+j] = b.Y.Data[at]; !b.Mask.IsZero() && b.Mask.Data[at] == 0 {
					y[t*out+j] = math.NaN()
				}
			}
		}
		if err := m.net.Learn(m.walks[k], u, y, m.training.Washout); err != nil {
			return err
		}
	}
	return nil
}

// windows learns what follows each window: its end gives one row.
func (m *Model) windows(b datasets.Batch) error {
	in, out := len(m.layout.Inputs), len(m.layout.Targets)
	if m.net.fed > 0 {
		return errors.New("windows do not hold the past of targets that are no inputs, which feedback is taught from: let it learn from a stream")
	}
	for k := range b.B {
		u, y := m.inputs(b, k), make([]float64, b.T*out)
		for i := range y {
			y[i] = math.NaN()
		}
		copy(y[(b.T-1)*out:], b.Y.Data[k*out:][:out])
		if err := m.net.Learn(m.net.NewWalk(), u[:b.T*in], y, 0); err != nil {
			return err
		}
	}
	return nil
}

// inputs returns a window's rows, [T, I].
func (m *Model) inputs(b datasets.Batch, k int) []float64 {
	in := len(m.layout.Inputs)
	u := make([]float64, b.T*in)
	for t := range b.T {
		copy(u[t*in:][:in], b.X.Data[(t*b.B+k)*in:])
	}
	return u
}

// column returns what belongs to window k of an array [H, B, width].
func column(a datasets.Array, k int) []float64 {
	if a.IsZero() {
		return nil
	}
	width := a.Shape[2]
	out := make([]float64, 0, a.Shape[0]*width)
	for h := range a.Shape[0] {
		out = append(out, a.Data[(h*a.Shape[1]+k)*width:][:width]...)
	}
	return out
}

// end drives a window to its end.
func (m *Model) end(net *Network, b datasets.Batch, k int) pick {
	u := m.inputs(b, k)
	p := pick{state: make([]float64, net.size), u: u[len(u)-net.o.Inputs:], future: column(b.Future, k), y: column(b.Y, k), mask: column(b.Mask, k)}
	net.Warm(p.state, u)
	return p
}

// pick keeps every so many windows of the validation part, fewer and fewer as they go by.
func (m *Model) pick(b datasets.Batch) error {
	if len(m.training.Ridge) == 1 || m.training.Learner != "ridge" {
		return nil
	}
	for k := range b.B {
		if m.passed%m.every == 0 {
			m.picked = append(m.picked, m.end(m.net, b, k))
		}
		if m.passed++; len(m.picked) > mostPicked {
			kept := m.picked[:0]
			for i := 0; i < len(m.picked); i += 2 {
				kept = append(kept, m.picked[i])
			}
			m.picked, m.every = kept, 2*m.every
		}
	}
	return nil
}

// Solve finds the readouts. With several penalties the closed-loop error on the validation windows chooses, without any the first penalty that
// has an answer is taken. It returns the ridge, the condition number, the training error one step ahead, and the validation error.
func (m *Model) Solve(ctx context.Context) (map[string]float64, error) {
	path, err := m.net.Solve(m.training.Ridge...)
	if err != nil {
		return nil, m.fail(err)
	}
	best, least := path[0], math.Inf(1)
	for _, c := range path {
		if len(m.picked) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, m.fail(err)
		}
		m.net.Take(c)
		if loss := m.judge(); loss < least {
			best, least = c, loss
		}
	}
	m.net.Take(best)
	out := map[string]float64{"ridge": best.Ridge}
	if best.Condition > 0 {
		out["condition"], out["one_step_mse"] = best.Condition, best.MSE
	}
	if !math.IsInf(least, 1) {
		out["selection_loss"] = least
	}
	m.net.Forget()
	m.walks, m.picked, m.passed, m.every = nil, nil, 0, 1
	return out, nil
}

// judge returns the mean squared error of closed-loop forecasts of the picked windows, infinite if one diverges.
func (m *Model) judge() float64 {
	losses, weights := make([]float64, len(m.picked)), make([]float64, len(m.picked))
	kernel.Parallel(len(m.picked), 4, func(_, lo, hi int) {
		net := m.net.Fork()
		for i := lo; i < hi; i++ {
			p := m.picked[i]
			y, err := m.forecast(net, pick{state: slices.Clone(p.state), u: slices.Clone(p.u), future: p.future})
			if err != nil {
				losses[i], weights[i] = math.Inf(1), 1
				continue
			}
			losses[i], weights[i] = squares(y, p.y, p.mask)
		}
	})
	loss, weight := 0.0, 0.0
	for i, w := range weights {
		loss, weight = loss+losses[i], weight+w
	}
	return loss / weight
}

// squares sums squared errors and weights; unknown targets count as masked.
func squares(got, want, mask []float64) (sum, weight float64) {
	for i, y := range want {
		w := 1.0
		if mask != nil {
			w = mask[i]
		}
		if w == 0 || math.IsNaN(y) {
			continue
		}
		e := y - got[i]
		sum, weight = sum+w*e*e, weight+w
	}
	return sum, weight
}

// forecast runs the closed loop over the horizon, [H, D].
func (m *Model) forecast(net *Network, p pick) ([]float64, error) {
	y := make([]float64, m.layout.Horizon*len(m.layout.Targets))
	known := len(m.layout.Future)
	err := net.Generate(y, p.state, p.u, func(h int, u []float64) {
		for j, c := range m.layout.FutureInputs {
			u[c] = p.future[h*known+j]
		}
	})
	return y, err
}

// whichFailed gathers the errors of windows: loops that diverged together, any other alone.
func whichFailed(failed []error) error {
	d := &DivergedWindows{Of: len(failed)}
	for k, err := range failed {
		var one *DivergedError
		switch {
		case err == nil:
			continue
		case !errors.As(err, &one):
			return err
		case d.First == nil:
			d.First = one
		}
		d.Windows = append(d.Windows, k)
	}
	if d.First == nil {
		return nil
	}
	return d
}

// Predict forecasts the windows of a batch, [H, B, D]. The error is a *DivergedWindows where the closed loop leaves all bounds in some.
func (m *Model) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	h, d := m.layout.Horizon, len(m.layout.Targets)
	if want := []int{b.T, b.B, len(m.layout.Inputs)}; !slices.Equal(b.X.Shape, want) {
		return datasets.Prediction{}, m.fail(fmt.Errorf("the inputs have the shape %v, want %v", b.X.Shape, want))
	}
	if want := []int{h, b.B, len(m.layout.Future)}; len(m.layout.Future) > 0 && !slices.Equal(b.Future.Shape, want) {
		return datasets.Prediction{}, m.fail(fmt.Errorf("the known columns have the shape %v, want %v: give their values at the forecast steps", b.Future.Shape, want))
	}
	mean := datasets.NewArray(h, b.B, d)
	failed := make([]error, b.B)
	kernel.Parallel(b.B, 4, func(_, lo, hi int) {
		net := m.net.Fork()
		for k := lo; k < hi; k++ {
			if failed[k] = ctx.Err(); failed[k] != nil {
				continue
			}
			y, err := m.forecast(net, m.end(net, b, k))
			if failed[k] = err; err != nil {
				continue
			}
			for t := range h {
				copy(mean.Data[(t*b.B+k)*d:][:d], y[t*d:])
			}
		}
	})
	if err := whichFailed(failed); err != nil {
		return datasets.Prediction{}, m.fail(err)
	}
	return datasets.Prediction{Mean: mean}, nil
}

// Loss returns the mean squared error of closed-loop forecasts of windows, or of one step where batches carry their state; the
// error of a loop that diverges is a *DivergedError.
func (m *Model) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	if b.Carry {
		return 0, 0, m.fail(errors.New("it is evaluated on windows, the batch is of a stream: evaluate windows"))
	}
	p, err := m.Predict(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	if !slices.Equal(b.Y.Shape, p.Mean.Shape) {
		return 0, 0, m.fail(fmt.Errorf("the targets have the shape %v, the forecasts %v: give batches that hold the truth", b.Y.Shape, p.Mean.Shape))
	}
	mask := b.Mask.Data
	if b.Mask.IsZero() {
		mask = nil
	}
	if loss, weight = squares(p.Mean.Data, b.Y.Data, mask); weight > 0 {
		loss /= weight
	}
	return loss, weight, nil
}
