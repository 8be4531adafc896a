// Package kernel holds the numerical inner loops of lenz: matrix products, vector functions, fixed-piece
// parallelism, and the recurrent cells that run over a whole sequence, forward and backward.
//
// Most people never import it: graph wraps the cells as differentiable ops, and layers wraps those. Come here to
// write a new fused op, to run a trained cell one step at a time without allocating, or to time the arithmetic.
//
//   - A cell over a whole sequence, with exact gradients: [NewRNN], [NewLSTM], [NewGRU]; Forward, then Backward.
//   - A cell that is fed one step at a time (streaming inference): the same types' Load, then Step.
//   - A matrix product: [Gemm] on the calling goroutine, [GemmParallel] for large results.
//   - A product whose one factor is zeros and ones, twice as fast: [GemmBinary].
//   - A Gram matrix, added up block by block: [Syrk], [SyrkParallel], or [Gram] beside other work. A sparse matrix: [Sparse]. Triangular systems: [Trsm], [TrsmParallel].
//   - A matrix that is multiplied many times: [Packed].
//   - gonum/mat and Gorgonia on these products: [Install], [BLAS].
//   - Element by element: [Tanh], [Sigmoid], [Exp], [Log], [Softplus]. A dot product in float64: [Dot].
//   - Your own loop over rows on all cores: [Parallel].
//
// # Conventions
//
// Everything is generic over [Float] and works on flat row-major slices; comments give shapes such as [T, B, H]:
// time steps, sequences in the batch, hidden units. Sequences are time-major. I is the number of inputs.
// Weights have PyTorch's layouts and gate orders, so its saved weights can be used as they are.
//
// Wrong sizes are programming errors and panic with a message that names the slice and both sizes, as in gonum's
// BLAS. Functions validate before they start goroutines.
//
// A cell holds its workspace: an LSTM keeps 7 T*B*H values for its states and gates, and 4 more from the first
// Backward on. Passes after the first allocate a few small closures, whatever the sizes.
//
// # Assembly
//
// On amd64 with AVX2 and FMA, or AVX-512, products, vector functions and the gates of float32 cells run in
// assembly; the tag noasm and other processors take the Go code beside it, which tests hold the assembly against. Inside
// assembly, numbers below 2^-126 in magnitude (float64: 2^-1022) count as zero; the caller's mode is restored. go generate
// writes the assembly, from the module in gen.
//
// # OpenBLAS
//
// With the tag openblas (and cgo) Gemm, Syrk, Trsm and BLAS go to OpenBLAS, which must be installed; OPENBLAS_NUM_THREADS sets its
// threads. Packed matrices and the cells stay on the tiles of this package, since they are what OpenBLAS does not have.
// What is said of bits, of goroutines and of allocation then holds for those alone.
//
// # Determinism
//
// The same input gives the same bits at every GOMAXPROCS: work is cut into pieces by its size alone, each result
// element belongs to one piece, and every sum runs in one fixed order. Bits may differ between processor
// architectures, whose compilers contract multiplications and additions differently.
package kernel
