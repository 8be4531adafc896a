package boltzmann

import (
	"math"

	"lenz/graph"
	"lenz/graph/kernel"
)

// program is the graph of a number of rows of data and samples.
type program[T kernel.Float] struct {
	*graph.Program
	rows   []T // memory of the input: data, then samples, [R, V]
	past   []T // the same of the conditions, [R, K]; nil without
	hidden []T // p(h = 1 | v) of all rows, [R, H], after a run
}

// compile makes the graph
//
//	loss = mean F(data) - mean F(samples) + decay/2 |W|^2 + cost sparsity(data)
//
// over one matrix that holds data and samples, so that each layer is one matrix product. With exact chains the samples are all
// states of the visible units, and the second term is + log sum e^-F: the loss is the negative log-likelihood.
func compile[T kernel.Float](m *RBMModel, n int) (*program[T], error) {
	s, v, h := m.settings, m.visible, m.settings.Hidden
	total := n + m.samples(n)
	p := &program[T]{hidden: make([]T, total*h)}
	b := graph.NewBuilder(m.params, graph.Training())
	x := b.Input("rows", total, v)
	pre := hiddenInputs[T](b, x, b.Param(m.weight), b.Param(m.hidden), n)
	a := b.Param(m.bias)
	if m.cond != nil {
		u := b.Input("past", total, m.cond.count)
		pre = b.Add(pre, b.Linear(u, b.Param(m.cond.toHidden), nil))
		a = b.Linear(u, b.Param(m.cond.toVisible), a)
	}
	free := freeEnergies(b, pre, x, a, m.gaussian(), p.hidden)
	var loss *graph.Node
	if s.Chains == "exact" {
		loss = likelihood[T](b, free, n)
	} else {
		loss = weighted[T](b, free, b.Input("signs", total))
	}
	if s.Decay > 0 {
		loss = b.Add(loss, halfSquares[T](b, b.Param(m.weight), s.Decay))
	}
	if s.SparsityCost > 0 {
		loss = b.Add(loss, sparsity[T](b, pre, n, s.Sparsity, s.SparsityCost))
	}
	var err error
	if p.Program, err = b.Compile(loss); err != nil {
		return nil, err
	}
	if p.rows, err = graph.InputData[T](p.Program, "rows"); err != nil {
		return nil, err
	}
	if s.Chains == "exact" {
		fillStates(p.rows[n*v:], v, 0)
	} else if err := p.Set("signs", signs(n, total-n)); err != nil {
		return nil, err
	}
	if m.cond != nil {
		if p.past, err = graph.InputData[T](p.Program, "past"); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// samples is how many rows stand beside n rows of data.
func (m *RBMModel) samples(n int) int {
	switch m.settings.Chains {
	case "cd":
		return n
	case "exact":
		return 1 << m.visible
	}
	return m.settings.Particles
}

// signs are the weights of a mean over data less a mean over samples.
func signs(data, samples int) []float64 {
	s := make([]float64, data+samples)
	for i := range s {
		s[i] = 1 / float64(data)
		if i >= data {
			s[i] = -1 / float64(samples)
		}
	}
	return s
}

// likelihood returns mean F of the first n rows + log sum e^-F of the others, a scalar.
func likelihood[T kernel.Float](b *graph.Builder, free *graph.Node, n int) *graph.Node {
	var logZ float64
	return graph.Apply(b, graph.Custom[T]{
		Name: "negative log likelihood",
		Forward: func(out []T, in [][]T) error {
			var mean float64
			for _, f := range in[0][:n] {
				mean += float64(f) / float64(n)
			}
			var sum logSum
			for _, f := range in[0][n:] {
				sum.add(-float64(f))
			}
			logZ = sum.value()
			out[0] = T(mean + logZ)
			return nil
		},
		Backward: func(d, in [][]T, _, g []T) error {
			for i, f := range in[0] {
				if i < n {
					d[0][i] = g[0] / T(n)
				} else {
					d[0][i] = -g[0] * T(math.Exp(-float64(f)-logZ))
				}
			}
			return nil
		},
	}, free)
}

// logSum adds numbers given by their logarithms.
type logSum struct {
	most, sum float64 // the sum is e^most * sum
	any       bool
}

func (s *logSum) add(x float64) {
	switch {
	case !s.any:
		s.most, s.sum, s.any = x, 1, true
	case x <= s.most:
		s.sum += math.Exp(x - s.most)
	default:
		s.most, s.sum = x, s.sum*math.Exp(s.most-x)+1
	}
}

// value is the logarithm of the sum, -Inf of none.
func (s *logSum) value() float64 {
	if !s.any {
		return math.Inf(-1)
	}
	return s.most + math.Log(s.sum)
}

// fillStates fills rows of n values with the binary digits of first, first+1, ...: unit i is digit i.
func fillStates[T kernel.Float](rows []T, n, first int) {
	for r := range len(rows) / n {
		for i := range n {
			rows[r*n+i] = T((first + r) >> i & 1)
		}
	}
}
