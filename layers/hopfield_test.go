package layers

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"lenz/graph"
	"lenz/graph/graphtest"
	"lenz/internal/rng"
)

// The derivative of each kind of layer with respect to all of its parameters is the central difference. Step 1e-5 in float64 leaves
// about 1e-9; 1e-6 of the largest is far above that and far below any mistake.
func TestHopfieldGradients(t *testing.T) {
	for name, build := range map[string]func(p *graph.Params, c HopfieldConfig) (*Hopfield, func(b *graph.Builder, x *graph.Node) *graph.Node, error){
		"association": func(p *graph.Params, c HopfieldConfig) (*Hopfield, func(*graph.Builder, *graph.Node) *graph.Node, error) {
			l, err := NewHopfield(p, "h", c)
			return l, func(b *graph.Builder, x *graph.Node) *graph.Node { return l.Associate(b, x, x, nil) }, err
		},
		"pooling": func(p *graph.Params, c HopfieldConfig) (*Hopfield, func(*graph.Builder, *graph.Node) *graph.Node, error) {
			l, err := NewHopfieldPooling(p, "h", 2, c)
			return l, func(b *graph.Builder, x *graph.Node) *graph.Node { return l.Pool(b, x, nil) }, err
		},
		"lookup": func(p *graph.Params, c HopfieldConfig) (*Hopfield, func(*graph.Builder, *graph.Node) *graph.Node, error) {
			l, err := NewHopfieldLookup(p, "h", 3, c)
			return l, func(b *graph.Builder, x *graph.Node) *graph.Node { return l.Lookup(b, x) }, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := DefaultHopfield(3, 3, 2)
			c.Hidden, c.Heads, c.Steps, c.LearnBeta = 4, 2, 2, true
			p := graph.NewParams(graph.Float64, 1)
			_, apply, err := build(p, c)
			if err != nil {
				t.Fatal(err)
			}
			b := graph.NewBuilder(p, graph.Training())
			y := apply(b, b.Input("x", 4, 2, 3))
			prog, err := b.Compile(b.Sum(b.Square(b.Affine(y, 1, 0.3))))
			if err != nil {
				t.Fatal(err)
			}
			defer prog.Close()
			r := rand.New(rng.New(1, name))
			x := make([]float64, 24)
			for i := range x {
				x[i] = r.NormFloat64()
			}
			if err := prog.Set("x", x); err != nil {
				t.Fatal(err)
			}
			checkDifferences(t, p, prog)
			if err := graphtest.SameOnTape(b, p, prog); err != nil {
				t.Error(err)
			}
		})
	}
}

func checkDifferences(t *testing.T, p *graph.Params, prog *graph.Program) {
	t.Helper()
	run := func() float64 {
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		return prog.Loss()
	}
	run()
	exact, values := p.CopyGrads(), graph.Values[float64](p)
	scale := 1e-3
	for _, g := range exact {
		scale = max(scale, math.Abs(g))
	}
	const step = 1e-5
	for i := range values {
		was := values[i]
		values[i] = was + step
		up := run()
		values[i] = was - step
		down := run()
		values[i] = was
		if slope := (up - down) / (2 * step); !(math.Abs(slope-exact[i]) <= 1e-6*scale) {
			t.Errorf("parameter value %d: derivative %v, central difference %v", i, exact[i], slope)
		}
	}
}

func TestHopfieldRefuses(t *testing.T) {
	for want, change := range map[string]func(*HopfieldConfig){
		"do not divide":        func(c *HopfieldConfig) { c.Heads = 3 },
		"beta is -1":           func(c *HopfieldConfig) { c.Beta = -1 },
		"must all be at least": func(c *HopfieldConfig) { c.Steps = 0 },
	} {
		c := DefaultHopfield(3, 3, 4)
		change(&c)
		if _, err := NewHopfield(graph.NewParams(graph.Float64, 1), "h", c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	p := graph.NewParams(graph.Float64, 1)
	l, err := NewHopfield(p, "h", DefaultHopfield(3, 3, 4))
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	l.Pool(b, b.Input("x", 2, 2, 3), nil)
	if b.Err() == nil || !strings.Contains(b.Err().Error(), "NewHopfieldPooling") {
		t.Errorf("pooling by a layer that associates: %v", b.Err())
	}
}
