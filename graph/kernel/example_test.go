package kernel_test

import (
	"fmt"

	"lenz/graph/kernel"
)

// An LSTM of one unit reads two sequences, of three steps and of one, and sends a gradient back from its final
// states.
func ExampleLSTM() {
	lstm := kernel.NewLSTM[float64](kernel.Dims{T: 3, B: 2, I: 1, H: 1})
	in := kernel.Input[float64]{
		X:       []float64{1, -1, 2, 0, 3, 0}, // [T, B, I]
		Lengths: []int{3, 1},
		Weights: kernel.Weights[float64]{
			Wih: []float64{0.5, 0.5, 0.5, 0.5}, // gates i f g o
			Whh: []float64{0.1, 0.1, 0.1, 0.1},
		},
	}
	hs, hT := make([]float64, 6), make([]float64, 2)
	lstm.Forward(in, hs, hT, nil)
	fmt.Printf("states, sequence 0: %.3f %.3f %.3f\n", hs[0], hs[2], hs[4])
	fmt.Printf("states, sequence 1: %.3f %.3f %.3f\n", hs[1], hs[3], hs[5])
	fmt.Printf("final: %.3f\n", hT)

	dx := make([]float64, 6)
	lstm.Backward(in, nil, []float64{1, 1}, nil, kernel.Grad[float64]{X: dx})
	fmt.Printf("dx: %.3f\n", dx)
	// Output:
	// states, sequence 0: 0.174 0.478 0.729
	// states, sequence 1: -0.065 0.000 0.000
	// final: [0.729 -0.065]
	// dx: [0.036 0.014 0.041 0.000 0.098 0.000]
}

// A trained GRU follows a stream, one value at a time, without allocating.
func ExampleGRU_Step() {
	gru := kernel.NewGRU[float32](kernel.Dims{T: 1, B: 1, I: 1, H: 1}, kernel.ResetAfter)
	w := kernel.Weights[float32]{Wih: []float32{1, -1, 2}, Whh: []float32{0.5, 0.5, 0.5}} // gates r z n
	gru.Load(w)
	h := []float32{0}
	for _, x := range []float32{0.1, 0.2, -0.3} {
		gru.Step([]float32{x}, h)
		fmt.Printf("%.4f\n", h[0])
	}
	// Output:
	// 0.1036
	// 0.2652
	// -0.0329
}

// A ReLU network that adds its inputs up.
func ExampleRNN() {
	rnn := kernel.NewRNN[float64](kernel.Dims{T: 4, B: 1, I: 1, H: 1}, kernel.ActReLU)
	in := kernel.Input[float64]{
		X:       []float64{1, 2, 3, 4},
		Weights: kernel.Weights[float64]{Wih: []float64{1}, Whh: []float64{1}},
	}
	hs := make([]float64, 4)
	rnn.Forward(in, hs, nil)
	fmt.Println(hs)
	// Output: [1 3 6 10]
}

// C = A Bᵀ, for A [2, 3] and B [2, 3].
func ExampleGemm() {
	a := []float64{1, 2, 3, 4, 5, 6}
	b := []float64{1, 0, 1, 0, 1, 0}
	c := make([]float64, 4)
	kernel.Gemm(false, true, 2, 2, 3, 1, a, 3, b, 3, 0, c, 2)
	fmt.Println(c)
	// Output: [4 2 10 5]
}

// Sums in fixed pieces, added in a fixed order, have the same bits on any number of processors.
func ExampleParallel() {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i)
	}
	const grain = 256
	var partial [4]float64
	kernel.Parallel(len(values), grain, func(piece, lo, hi int) {
		for _, v := range values[lo:hi] {
			partial[piece] += v
		}
	})
	sum := 0.0
	for _, p := range partial {
		sum += p
	}
	fmt.Println(sum)
	// Output: 499500
}

func ExampleSigmoid() {
	x := []float32{-2, 0, 2}
	kernel.Sigmoid(x, x) // in place
	fmt.Printf("%.4f\n", x)
	// Output: [0.1192 0.5000 0.8808]
}
