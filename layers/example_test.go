package layers_test

import (
	"fmt"

	"lenz/graph"
	"lenz/layers"
)

// A network for one label a sequence, and how its parameters are called.
func Example() {
	p := graph.NewParams(graph.Float32, 1)
	rnn, err := layers.NewLSTM(p, "rnn", layers.DefaultConfig(2, 8))
	if err != nil {
		fmt.Println(err)
		return
	}
	head, err := layers.NewLinear(p, "head", rnn.Outputs(), 1, true, layers.Torch)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := graph.NewBuilder(p)
	_, final := rnn.Apply(b, b.Input("x", 20, 4, 2), nil, nil) // T=20 steps of B=4 sequences
	y := head.Apply(b, final[0].H)
	prog, err := b.Compile(nil, graph.Output{Name: "y", Node: y})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer prog.Close()
	for _, q := range p.All() {
		fmt.Println(q.Name(), q.Shape())
	}
	fmt.Println("y", y.Shape())
	// Output:
	// rnn.weight_ih_l0 (32, 2)
	// rnn.weight_hh_l0 (32, 8)
	// rnn.bias_ih_l0 (32)
	// rnn.bias_hh_l0 (32)
	// head.weight (1, 8)
	// head.bias (1)
	// y (4, 1)
}

// Patterns of any length, pooled into two by a modern Hopfield layer.
func ExampleNewHopfieldPooling() {
	p := graph.NewParams(graph.Float32, 1)
	pool, err := layers.NewHopfieldPooling(p, "pool", 2, layers.DefaultHopfield(3, 3, 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	b := graph.NewBuilder(p)
	y := pool.Pool(b, b.Input("x", 20, 5, 3), b.Input("lengths", 5)) // T=20 steps at most, of B=5 sequences
	fmt.Println(y.Shape(), b.Err())
	// Output: (2, 5, 4) <nil>
}

// Two sequences that look each other up: each of 4 states retrieves from 7 stored patterns, two heads apart.
func ExampleNewHopfield() {
	p := graph.NewParams(graph.Float32, 1)
	c := layers.DefaultHopfield(3, 5, 6)
	c.Heads, c.LearnBeta = 2, true
	layer, err := layers.NewHopfield(p, "look", c)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := graph.NewBuilder(p)
	y := layer.Associate(b, b.Input("states", 4, 1, 3), b.Input("stored", 7, 1, 5), nil)
	for _, q := range p.All() {
		fmt.Println(q.Name(), q.Shape())
	}
	fmt.Println(y.Shape(), b.Err())
	// Output:
	// look.q.weight (6, 3)
	// look.k.weight (6, 5)
	// look.v.weight (6, 5)
	// look.out.weight (6, 6)
	// look.out.bias (6)
	// look.log_beta (2)
	// (4, 1, 6) <nil>
}

// States that look up ten learnt patterns: prototypes of the training data.
func ExampleNewHopfieldLookup() {
	p := graph.NewParams(graph.Float32, 1)
	layer, err := layers.NewHopfieldLookup(p, "lookup", 10, layers.DefaultHopfield(3, 3, 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	b := graph.NewBuilder(p)
	y := layer.Lookup(b, b.Input("states", 5, 2, 3))
	fmt.Println(y.Shape(), b.Err())
	// Output: (5, 2, 4) <nil>
}
