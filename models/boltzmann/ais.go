package boltzmann

import (
	"context"
	"fmt"
	"math"
	"sync"

	"lenz/graph/kernel"
	"lenz/internal/rng"
)

// AIS says how annealed importance sampling estimates log Z.
type AIS struct {
	// Temperatures is the number of intermediate distributions, Runs that of independent chains through them.
	Temperatures, Runs int
	// Base holds the mean of each visible unit, [V], such as that of the training data: the chains start from independent
	// units of these means. Nil starts from means of 1/2 (0 for gaussian units), which needs more temperatures.
	Base []float64
	Seed uint64
	// Progress is told from time to time how much is done; nil for none. It is called by one goroutine at a time.
	Progress func(done, all int)
}

// counter tells Progress of parts that goroutines do.
type counter struct {
	mu        sync.Mutex
	done, all int
	progress  func(done, all int)
}

func (c *counter) one() {
	if c.progress == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.progress(c.done, c.all)
}

// DefaultAIS returns 100 runs through 14,500 temperatures, as in the paper.
func DefaultAIS() AIS { return AIS{Temperatures: 14500, Runs: 100} }

// Estimate is an estimate of log Z. The mean weight is an unbiased estimate of Z; Low and High are the logarithms at three of its
// standard deviations, Low being -Inf where those reach zero.
type Estimate struct {
	LogZ, Low, High float64
	SD              float64 // of the mean weight, relative to it: the error of LogZ in nats where it is small
	Effective       float64 // runs that carry the weight, (sum w)^2 / sum w^2
}

// AIS estimates log Z by annealed importance sampling (Neal 2001; Salakhutdinov, Murray 2008, section 4): chains are led from a
// machine of independent visible units, whose Z is known, through
//
//	p_b(v) ~ exp((1-b) base.v + b a.v) prod_j (1 + e^(b (c_j + W_j v))),   b from 0 to 1
//
// and their weights multiply up to Z / Z_base.
func (m *RBMModel) AIS(ctx context.Context, o AIS) (Estimate, error) {
	if m.cond != nil {
		return Estimate{}, fmt.Errorf("crbm: log Z of a conditional machine depends on the past")
	}
	if o.Temperatures < 1 || o.Runs < 2 || o.Base != nil && len(o.Base) != m.visible {
		return Estimate{}, fmt.Errorf("rbm: AIS with %d temperatures, %d runs and a base of %d means; want at least 1, at least 2 and %d means or none",
			o.Temperatures, o.Runs, len(o.Base), m.visible)
	}
	a, err := newAnnealing(m, o)
	if err != nil {
		return Estimate{}, err
	}
	count := counter{all: o.Temperatures, progress: o.Progress}
	for k := 1; k <= o.Temperatures; k++ {
		if err := ctx.Err(); err != nil {
			return Estimate{}, err
		}
		a.step(temperature(k-1, o.Temperatures), temperature(k, o.Temperatures), uint64(k))
		count.one()
	}
	return estimated(a.logBase, a.logs), nil
}

// temperature is b_k: a 29th of the steps go to 0.5, eight 29ths from there to 0.9, and the rest to 1, as in the paper.
func temperature(k, n int) float64 {
	const first, second = 1.0 / 29, 9.0 / 29
	switch x := float64(k) / float64(n); {
	case k == n:
		return 1
	case x < first:
		return 0.5 * x / first
	case x < second:
		return 0.5 + 0.4*(x-first)/(second-first)
	default:
		return 0.9 + 0.1*(x-second)/(1-second)
	}
}

// annealing is the chains on their way.
type annealing struct {
	m       *RBMModel
	w       weights[float64]
	base    []float64 // visible biases at b = 0
	logBase float64   // log Z at b = 0
	runs    int
	v, h    []float64
	logs    []float64 // log weights
	stream  *rng.Stream
}

func newAnnealing(m *RBMModel, o AIS) (*annealing, error) {
	a := &annealing{
		m: m, w: m.weights(), base: make([]float64, m.visible), runs: o.Runs, stream: rng.New(o.Seed, "ais"),
		v: make([]float64, o.Runs*m.visible), h: make([]float64, o.Runs*m.settings.Hidden), logs: make([]float64, o.Runs),
	}
	a.logBase = float64(m.settings.Hidden) * math.Ln2
	for i := range a.base {
		switch {
		case m.gaussian():
			if o.Base != nil {
				a.base[i] = o.Base[i] / m.settings.Sigma
			}
			a.logBase += math.Log(2*math.Pi)/2 + math.Log(m.settings.Sigma)
		case o.Base != nil:
			var err error
			if a.base[i], err = logOdds(o.Base[i]); err != nil {
				return nil, fmt.Errorf("rbm: AIS: the base mean of visible unit %d is %w", i, err)
			}
			fallthrough
		default:
			a.logBase += softplus(a.base[i])
		}
	}
	fill(a.v, a.base, a.runs)
	a.draw(a.stream.Split(0))
	return a, nil
}

// draw turns visible biases into samples.
func (a *annealing) draw(s *rng.Stream) {
	if a.m.gaussian() {
		addNormal(a.v, a.runs, a.m.visible, s)
		return
	}
	sigmoidBernoulli(a.v, a.runs, a.m.visible, s)
}

// step multiplies the weights by p_to(v)/p_from(v), and moves the chains by one Gibbs step that leaves p_to as it is.
func (a *annealing) step(from, to float64, k uint64) {
	n, h, v := a.runs, a.m.settings.Hidden, a.m.visible
	pre := a.w.pre(a.v, n)
	kernel.Parallel(n, rowGrain, func(_, lo, hi int) {
		x, e := make([]float64, h), make([]float64, h)
		hidden := func(r int, b float64) float64 {
			for j, p := range pre[r*h : (r+1)*h] {
				x[j] = b * p
			}
			return softplusSum(x, e)
		}
		for r := lo; r < hi; r++ {
			d := visibleEnergy(a.v[r*v:(r+1)*v], a.base, a.m.gaussian()) - visibleEnergy(a.v[r*v:(r+1)*v], a.w.a, a.m.gaussian())
			a.logs[r] += (to-from)*d + hidden(r, to) - hidden(r, from)
		}
	})
	for i, p := range pre {
		a.h[i] = to * p
	}
	s := a.stream.Split(k)
	sigmoidBernoulli(a.h, n, h, s.Split(0))
	for i := range a.v {
		a.v[i] = (1-to)*a.base[i%v] + to*a.w.a[i%v]
	}
	kernel.GemmParallel(false, false, n, v, h, to, a.h, h, a.w.w, v, 1, a.v, v)
	a.draw(s.Split(1))
}

// estimated is log Z_base + log of the mean weight, with its error, from the logarithms of the weights.
func estimated(logBase float64, logs []float64) Estimate {
	var sum, squares logSum
	for _, l := range logs {
		sum.add(l)
		squares.add(2 * l)
	}
	n := float64(len(logs))
	logMean := sum.value() - math.Log(n)
	// The variance of a weight over the squared mean, and from it the deviation of the mean.
	relative := (math.Exp(squares.value()-math.Log(n)-2*logMean) - 1) * n / (n - 1)
	sd := math.Sqrt(max(relative, 0) / n)
	e := Estimate{LogZ: logBase + logMean, SD: sd, Effective: math.Exp(2*sum.value() - squares.value())}
	e.Low, e.High = math.Inf(-1), e.LogZ+math.Log1p(3*sd)
	if 3*sd < 1 {
		e.Low = e.LogZ + math.Log1p(-3*sd)
	}
	return e
}
