package layers

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"lenz/graph"
)

// HopfieldConfig says how a Hopfield layer is built. Begin with DefaultHopfield.
type HopfieldConfig struct {
	Query, Stored int // features of the state patterns and of the stored patterns
	Hidden        int // features of the space in which they are compared, of all heads together
	Outputs       int
	Heads         int
	// Beta is the inverse temperature; 0 means 1/sqrt(Hidden/Heads), as attention has it. High beta retrieves single
	// patterns, low beta their mean.
	Beta float64
	// LearnBeta learns one beta a head, from Beta on.
	LearnBeta bool
	// Steps is the number of Hopfield updates: 1 is attention; more come nearer to a fixed point.
	Steps int
	// Causal lets step i see stored patterns up to step i only.
	Causal bool
	Init   Init
}

// DefaultHopfield returns one head, one update, fixed beta and as many hidden features as outputs.
func DefaultHopfield(query, stored, outputs int) HopfieldConfig {
	return HopfieldConfig{Query: query, Stored: stored, Hidden: outputs, Outputs: outputs, Heads: 1, Steps: 1, Init: Glorot}
}

// Hopfield is a layer of a modern Hopfield network (Ramsauer et al. 2021, section 4). State patterns R and stored patterns Y are
// mapped to xi = R Wq and K = Y Wk; after Steps updates xi = softmax(beta xi K^T) K, the last of them with Y Wv in place of K, the
// result goes through a linear map. NewHopfield associates two sets of patterns, NewHopfieldPooling a set with a learnt state
// pattern, NewHopfieldLookup a state with learnt stored patterns.
type Hopfield struct {
	HopfieldConfig
	name           string
	q, k, v, out   *Linear
	state          *graph.Param // [P, 1, Hidden], of pooling
	keys, contents *graph.Param // [N, 1, Hidden], of lookup
	logBeta        *graph.Param // [Heads]
}

// NewHopfield declares a layer that associates: each state pattern looks up stored ones. It is attention, of a sequence to itself or
// to another one. Parameters: NAME.q.weight, NAME.k.weight, NAME.v.weight [Hidden, features], NAME.out.weight and NAME.out.bias,
// and NAME.log_beta [Heads] where it is learnt.
func NewHopfield(p *graph.Params, name string, c HopfieldConfig) (*Hopfield, error) {
	l := &Hopfield{HopfieldConfig: c, name: name}
	d := declaration{p: p, name: name, c: c}
	d.check(c.Query, c.Stored)
	l.q, l.k, l.v = d.linear("q", c.Query, c.Hidden, false), d.linear("k", c.Stored, c.Hidden, false), d.linear("v", c.Stored, c.Hidden, false)
	return d.finish(l)
}

// NewHopfieldPooling declares a layer that pools a sequence of any length into so many patterns: NAME.state [patterns, 1, Hidden] is
// learnt and looks the stored patterns up.
func NewHopfieldPooling(p *graph.Params, name string, patterns int, c HopfieldConfig) (*Hopfield, error) {
	l := &Hopfield{HopfieldConfig: c, name: name}
	d := declaration{p: p, name: name, c: c}
	d.check(patterns, c.Stored)
	l.state = d.patterns("state", patterns)
	l.k, l.v = d.linear("k", c.Stored, c.Hidden, false), d.linear("v", c.Stored, c.Hidden, false)
	return d.finish(l)
}

// NewHopfieldLookup declares a layer with so many learnt stored patterns, NAME.keys and NAME.contents [patterns, 1, Hidden], that each
// state pattern looks up: prototypes of the training data.
func NewHopfieldLookup(p *graph.Params, name string, patterns int, c HopfieldConfig) (*Hopfield, error) {
	l := &Hopfield{HopfieldConfig: c, name: name}
	d := declaration{p: p, name: name, c: c}
	d.check(patterns, c.Query)
	l.q = d.linear("q", c.Query, c.Hidden, false)
	l.keys, l.contents = d.patterns("keys", patterns), d.patterns("contents", patterns)
	return d.finish(l)
}

// declaration adds the parameters of a layer; its first error sticks.
type declaration struct {
	p    *graph.Params
	name string
	c    HopfieldConfig
	err  error
}

func (d *declaration) check(sizes ...int) {
	c := d.c
	for _, n := range append(sizes, c.Hidden, c.Outputs, c.Heads, c.Steps) {
		if n < 1 {
			d.err = fmt.Errorf("sizes, heads and steps must all be at least 1: %+v", c)
		}
	}
	switch {
	case d.err != nil:
	case c.Hidden%c.Heads != 0:
		d.err = fmt.Errorf("%d heads do not divide the %d hidden features", c.Heads, c.Hidden)
	case !(c.Beta >= 0) || math.IsInf(c.Beta, 0):
		d.err = fmt.Errorf("beta is %v, want a positive number, or 0 for 1/sqrt(%d)", c.Beta, c.Hidden/c.Heads)
	default:
		d.err = c.Init.check()
	}
}

func (d *declaration) linear(part string, inputs, outputs int, bias bool) *Linear {
	if d.err != nil {
		return nil
	}
	l, err := NewLinear(d.p, d.name+"."+part, inputs, outputs, bias, d.c.Init)
	d.err = err
	return l
}

// patterns declares learnt patterns [n, 1, Hidden], drawn so that their squared length is 1 on average.
func (d *declaration) patterns(part string, n int) *graph.Param {
	if d.err != nil {
		return nil
	}
	q, err := d.p.Add(d.name+"."+part, graph.Normal(1/math.Sqrt(float64(d.c.Hidden))), n, 1, d.c.Hidden)
	d.err = err
	return q
}

func (d *declaration) finish(l *Hopfield) (*Hopfield, error) {
	l.out = d.linear("out", d.c.Hidden, d.c.Outputs, true)
	if d.err == nil && d.c.LearnBeta {
		beta := d.c.Beta
		if beta == 0 {
			beta = 1 / math.Sqrt(float64(d.c.Hidden/d.c.Heads))
		}
		start := func(_ *rand.Rand, _ tensor.Shape, dst []float64) {
			for i := range dst {
				dst[i] = math.Log(beta)
			}
		}
		l.logBeta, d.err = d.p.Add(d.name+".log_beta", start, d.c.Heads)
	}
	if d.err != nil {
		return nil, fmt.Errorf("layers: %s: %w", d.name, d.err)
	}
	return l, nil
}

// Associate returns the patterns that the states x [Tq, B, Query] retrieve from the stored y [Tk, B, Stored]: [Tq, B, Outputs]. It is
// for a layer of NewHopfield; lengths [B] says how many of each sequence's stored patterns there are, nil for all.
func (l *Hopfield) Associate(b *graph.Builder, x, y, lengths *graph.Node) *graph.Node {
	if l.q == nil || l.k == nil {
		return b.Fail(fmt.Errorf("layers: %s: Associate is for a layer of NewHopfield", l.name))
	}
	return l.retrieve(b, l.q.Apply(b, x), l.k.Apply(b, y), l.v.Apply(b, y), lengths)
}

// Pool returns what the learnt states retrieve from y [Tk, B, Stored]: [patterns, B, Outputs]. It is for a layer of
// NewHopfieldPooling.
func (l *Hopfield) Pool(b *graph.Builder, y, lengths *graph.Node) *graph.Node {
	if l.state == nil {
		return b.Fail(fmt.Errorf("layers: %s: Pool is for a layer of NewHopfieldPooling", l.name))
	}
	return l.retrieve(b, b.Param(l.state), l.k.Apply(b, y), l.v.Apply(b, y), lengths)
}

// Lookup returns what the states x [T, B, Query] retrieve from the learnt patterns: [T, B, Outputs]. It is for a layer of
// NewHopfieldLookup.
func (l *Hopfield) Lookup(b *graph.Builder, x *graph.Node) *graph.Node {
	if l.keys == nil {
		return b.Fail(fmt.Errorf("layers: %s: Lookup is for a layer of NewHopfieldLookup", l.name))
	}
	if b.Err() != nil {
		return b.Fail(nil)
	}
	s := x.Shape()
	if len(s) != 3 {
		return b.Fail(fmt.Errorf("layers: %s: states are %v, want [T, B, %d]", l.name, s, l.Query))
	}
	// All states of all sequences look into one set of patterns: one sequence of them.
	q := b.Reshape(l.q.Apply(b, x), s[0]*s[1], 1, l.Hidden)
	return b.Reshape(l.retrieve(b, q, b.Param(l.keys), b.Param(l.contents), nil), s[0], s[1], l.Outputs)
}

// retrieve takes Steps updates, the last with the values, and the map out.
func (l *Hopfield) retrieve(b *graph.Builder, q, k, v, lengths *graph.Node) *graph.Node {
	o := graph.AttentionOptions{Heads: l.Heads, Scale: l.Beta, Causal: l.Causal, Lengths: lengths}
	if l.logBeta != nil {
		o.Beta = b.Exp(b.Param(l.logBeta))
	}
	for range l.Steps - 1 {
		q = b.Attention(q, k, k, o)
	}
	return l.out.Apply(b, b.Attention(q, k, v, o))
}
