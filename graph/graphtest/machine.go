package graphtest

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"lenz/graph"
)

// CheckMachine runs a graph as a program does and on Gorgonia's tape machine, in both precisions, and compares the loss and all
// derivatives bit by bit.
func CheckMachine(t testing.TB, build Build, in ...Array) {
	t.Helper()
	for _, dtype := range []tensor.Dtype{graph.Float32, graph.Float64} {
		if err := sameOnTape(dtype, build, in); err != nil {
			t.Errorf("CheckMachine: %v: %v", dtype, err)
		}
	}
}

func sameOnTape(dtype tensor.Dtype, build Build, in []Array) error {
	var b *graph.Builder
	params, prog, err := compile(dtype, func(builder *graph.Builder, nodes []*graph.Node) *graph.Node {
		b = builder
		return build(b, nodes)
	}, in)
	if err != nil {
		return err
	}
	defer prog.Close()
	return SameOnTape(b, params, prog)
}

// SameOnTape runs a program twice, then the graph that its builder made twice on Gorgonia's tape machine, and says where the loss, a
// gradient or one of the named outputs differs in a bit.
func SameOnTape(b *graph.Builder, params *graph.Params, prog *graph.Program, outputs ...string) error {
	// The nodes of the graph put what leaves it where the program has it, whoever runs them.
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	tape := func() error {
		defer vm.Reset()
		return vm.RunAll()
	}
	var want []float64
	for i, run := range []func() error{prog.Run, prog.Run, tape, tape} {
		if err := run(); err != nil {
			return fmt.Errorf("run %d: %w", i, err)
		}
		got := append(params.CopyGrads(), prog.Loss())
		for _, name := range outputs {
			v, _, err := prog.Output(name)
			if err != nil {
				return err
			}
			got = append(got, v...)
		}
		if i == 0 {
			want = got
		}
		for j, v := range got {
			if math.Float64bits(v) != math.Float64bits(want[j]) && !(math.IsNaN(v) && math.IsNaN(want[j])) {
				return fmt.Errorf("value %d of gradients, loss and outputs is %v in the first run, and %v in run %d (2 and 3 are Gorgonia's)", j, want[j], v, i)
			}
		}
	}
	return nil
}
