package recurrent

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
)

// Gradient fills the gradients of all parameters for the batch, in training mode, and returns the loss in the units of
// the batch: the mean over members of each one's own loss, so that members learn independently. The step keys dropout.
//
// A recursive forecaster learns from windows, with the true values as its inputs at the forecast steps and the loss
// over those steps; or from chunks that carry their state (datasets.Windows.Stream), where each step is to forecast the
// next. With known columns such a chunk needs Future [T, B, F]: their values one step ahead of X.
func (m *Model) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	p, err := m.prepare(ctx, b, learn, &m.learning)
	if err != nil {
		return 0, err
	}
	p.SetStep(step)
	if err := m.finish(p, b, &m.learning); err != nil {
		return 0, err
	}
	return p.Loss() + m.logSpread(p.key, b), nil
}

// Loss returns the loss of the forecast (of the members together) for the batch, without dropout, and the sum of the
// mask, by which losses of batches are to be averaged. The loss of a recursive forecaster is, as in Gradient, that of
// steps which read true values; Predict forecasts on its own output.
func (m *Model) Loss(ctx context.Context, b datasets.Batch) (loss, weight float64, err error) {
	p, err := m.prepare(ctx, b, score, &m.watching)
	if err != nil {
		return 0, 0, err
	}
	if err := m.finish(p, b, &m.watching); err != nil {
		return 0, 0, err
	}
	var value [1]float64
	if _, err := p.Read("loss", value[:]); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", m.name, err)
	}
	return value[0] + m.logSpread(p.key, b), b.Weight(), nil
}

// prepare returns the program for the batch, fed with it.
func (m *Model) prepare(ctx context.Context, b datasets.Batch, u use, c *carried) (*program, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k, err := m.keyOf(b, u)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	p, err := m.program(k)
	if err != nil {
		return nil, err
	}
	if !k.in {
		m.feed(p, b, nil)
		return p, nil
	}
	if err = c.begin(b, m.sizes()); err == nil {
		m.feed(p, b, c)
		err = p.setStates(c.states)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	return p, nil
}

// finish runs the program and keeps the states that come out.
func (m *Model) finish(p *program, b datasets.Batch, c *carried) error {
	if err := p.run(); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	if p.key.out {
		c.end(b, m.sizes(), p.out, m.norm.track)
	}
	return nil
}

// logSpread is what the gaussian loss of normalised targets lacks: the log-likelihood of y is that of its normalised
// value less log(spread).
func (m *Model) logSpread(k key, b datasets.Batch) float64 {
	if !m.gaussian() || m.settings.WindowNorm != "standard" || !m.normalizes(k) {
		return 0
	}
	row := k.B * len(m.layout.Targets)
	sum, weight := 0.0, 0.0
	for i := range b.Y.Data {
		w := 1.0
		if !b.Mask.IsZero() {
			w = b.Mask.Data[i]
		}
		sum += w * math.Log(m.norm.spread[i%row])
		weight += w
	}
	if weight == 0 {
		return 0
	}
	return sum / weight
}
