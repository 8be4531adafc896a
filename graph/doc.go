// Package graph builds and runs computation graphs of recurrent models on Gorgonia.
//
// A Params holds the parameters of a model in one arena. A Builder makes the graph of one shape from them, and Compile turns it
// into a Program that is run many times: each run computes the loss, all gradients (into a second arena) and the
// outputs.
//
//	params := graph.NewParams(graph.Float32, seed)
//	w, err := params.Add("w", graph.GlorotUniform(), 1, 3)
//	b := graph.NewBuilder(params, graph.Training())
//	y := b.Linear(b.Input("x", 32, 3), b.Param(w), nil)
//	program, err := b.Compile(b.Loss(graph.MSE(), y, b.Input("y", 32, 1), nil))
//
// # What to use
//
//   - A recurrent layer over a whole sequence: Builder.Sequence, one fused node with an exact derivative. Ready-made layers
//     with names, initial values and stacking are in package layers.
//   - Attention over a sequence, or over stored patterns: Builder.Attention; layers has it with weights.
//   - A new cell or a new loss: write it in primitive ops (Add, Mul, MatMul, Sigmoid, ...; any of Gorgonia's functions
//     through Builder.Do) one Step at a time, as the package example does. It is slower than a fused op, and right.
//   - A fused op of your own: a Custom of two functions on slices, added by Apply. All of the library's are.
//   - A loss: MSE, MAE, Huber, Gaussian, Quantile, Softmax, Binary, through Builder.Loss, with masks.
//   - Checks for whatever you wrote: package graphtest.
//
// # Conventions
//
// Sequences are time-major, [T, B, features]. Weights have PyTorch's names, layouts and gate order. Errors of a builder stick
// and come out of Compile. Precision is a property of the Params: Float32 to train, Float64 to check gradients.
// A run computes what the loss and the outputs depend on, node after node in the caller's goroutine, with the bits of Gorgonia's tape
// machine and hardly an allocation; an op that fails or panics is an error that names it. Everything random is keyed by the seed of the Params and a name; the same seed gives the same bits on every run and at
// every GOMAXPROCS.
package graph
