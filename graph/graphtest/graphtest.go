package graphtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"lenz/graph"
	"lenz/internal/rng"
)

// Array is an input of a checked graph.
type Array struct {
	Shape []int
	Data  []float64
	Fixed bool // not differentiated, such as lengths, masks and targets
}

// Random returns standard normal values of the given shape.
func Random(seed uint64, shape ...int) Array {
	r := rand.New(rng.New(seed, "graphtest"))
	a := Array{Shape: shape, Data: make([]float64, tensor.Shape(shape).TotalSize())}
	for i := range a.Data {
		a.Data[i] = r.NormFloat64()
	}
	return a
}

// Fixed returns an input that is not differentiated.
func Fixed(values []float64, shape ...int) Array {
	return Array{Shape: shape, Data: values, Fixed: true}
}

// Build makes a scalar from nodes shaped as the arrays.
type Build func(b *graph.Builder, in []*graph.Node) *graph.Node

// Step and tolerance of CheckGrad: with h = 1e-5 the truncation error of a central difference is about 1e-10 of the
// third derivative and the rounding error about 1e-11 of the value, so 1e-6 of the largest gradient is far above both and
// far below any mistake.
const (
	step      = 1e-5
	tolerance = 1e-6
)

// CheckGrad compares the derivative of build, in float64, with central differences, for every element of every array that
// is not fixed. The difference over the largest derivative of the array stays below 1e-6.
func CheckGrad(t testing.TB, build Build, in ...Array) {
	t.Helper()
	params, prog, err := compile(graph.Float64, build, in)
	if err != nil {
		t.Errorf("CheckGrad: %v", err)
		return
	}
	defer prog.Close()
	if err := prog.Run(); err != nil {
		t.Errorf("CheckGrad: %v", err)
		return
	}
	grads := params.CopyGrads()
	values := graph.Values[float64](params)
	at := 0
	for i, a := range in {
		if a.Fixed {
			continue
		}
		exact := grads[at : at+len(a.Data)]
		numeric := make([]float64, len(a.Data))
		for j := range numeric {
			numeric[j] = slope(t, prog, &values[at+j])
		}
		if d, scale := compare(exact, numeric); !(d <= tolerance*max(scale, 1e-3)) {
			t.Errorf("CheckGrad: input %d %v: derivative %v, central difference %v", i, a.Shape, exact, numeric)
		}
		at += len(a.Data)
	}
}

// slope is the central difference of the program's loss with respect to one value.
func slope(t testing.TB, prog *graph.Program, v *float64) float64 {
	t.Helper()
	was := *v
	var f [2]float64
	for i, h := range []float64{step, -step} {
		*v = was + h
		if err := prog.Run(); err != nil {
			t.Fatalf("CheckGrad: %v", err)
		}
		f[i] = prog.Loss()
	}
	*v = was
	return (f[0] - f[1]) / (2 * step)
}

// CheckFused runs two graphs on the same values and compares losses and derivatives; the largest difference over the
// largest value of each array stays below tol. In float64 1e-10 is right for graphs that compute the same thing in another order.
func CheckFused(t testing.TB, fused, unrolled Build, tol float64, in ...Array) {
	t.Helper()
	var losses [2]float64
	var grads [2][]float64
	for i, build := range []Build{fused, unrolled} {
		params, prog, err := compile(graph.Float64, build, in)
		if err != nil {
			t.Errorf("CheckFused: graph %d: %v", i, err)
			return
		}
		defer prog.Close()
		if err := prog.Run(); err != nil {
			t.Errorf("CheckFused: graph %d: %v", i, err)
			return
		}
		losses[i], grads[i] = prog.Loss(), params.CopyGrads()
	}
	if math.Abs(losses[0]-losses[1]) > tol*math.Abs(losses[1]) {
		t.Errorf("CheckFused: loss %v, want %v", losses[0], losses[1])
	}
	at := 0
	for i, a := range in {
		if a.Fixed {
			continue
		}
		x, y := grads[0][at:at+len(a.Data)], grads[1][at:at+len(a.Data)]
		if d, scale := compare(x, y); !(d <= tol*max(scale, 1e-3)) {
			t.Errorf("CheckFused: input %d %v: derivatives %v, want %v", i, a.Shape, x, y)
		}
		at += len(a.Data)
	}
}

// CheckHash builds nodes that must all be different, and makes sure that neither the nodes nor their hashes agree. (Gorgonia
// tells nodes apart by a hash of 32 bits: two that agree become one, silently.)
func CheckHash(t testing.TB, build func(b *graph.Builder) []*graph.Node) {
	t.Helper()
	b := graph.NewBuilder(graph.NewParams(graph.Float64, 1))
	nodes := build(b)
	if err := b.Err(); err != nil {
		t.Errorf("CheckHash: %v", err)
		return
	}
	ids, hashes := map[int64]int{}, map[uint32]int{}
	for i, n := range nodes {
		if j, ok := ids[n.ID()]; ok {
			t.Errorf("CheckHash: nodes %d and %d are one: %v", j, i, n)
		}
		if j, ok := hashes[n.Hashcode()]; ok {
			t.Errorf("CheckHash: nodes %d and %d share the hash %x", j, i, n.Hashcode())
		}
		ids[n.ID()], hashes[n.Hashcode()] = i, i
	}
}

// compile makes a program whose parameters are the arrays that are not fixed.
func compile(dtype tensor.Dtype, build Build, in []Array) (*graph.Params, *graph.Program, error) {
	params := graph.NewParams(dtype, 1)
	list := make([]*graph.Param, len(in))
	for i, a := range in {
		if a.Fixed {
			continue
		}
		p, err := params.Add(name(i), graph.Zeros(), a.Shape...)
		if err != nil {
			return nil, nil, err
		}
		list[i] = p
	}
	b := graph.NewBuilder(params, graph.Training())
	nodes := make([]*graph.Node, len(in))
	var values []float64
	for i, a := range in {
		if a.Fixed {
			nodes[i] = b.Input(name(i), a.Shape...)
			continue
		}
		nodes[i] = b.Param(list[i])
		values = append(values, a.Data...)
	}
	prog, err := b.Compile(build(b, nodes))
	if err != nil {
		return nil, nil, err
	}
	for i, a := range in {
		if a.Fixed {
			if err := prog.Set(name(i), a.Data); err != nil {
				return nil, nil, err
			}
		}
	}
	return params, prog, params.SetFloats(values)
}

func name(i int) string { return fmt.Sprintf("in%d", i) }

// compare returns the largest difference and the largest value of want.
func compare(got, want []float64) (diff, scale float64) {
	for i := range want {
		d := math.Abs(got[i] - want[i])
		if math.IsNaN(d) {
			return math.NaN(), 1
		}
		diff, scale = max(diff, d), max(scale, math.Abs(want[i]))
	}
	return diff, scale
}
