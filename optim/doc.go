// Package optim holds optimizers, learning-rate schedules and gradient transforms.
//
// # Which one
//
// Start with Adam at its default rate of 0.001: it suits recurrent networks and forgives a rate that is off by a
// factor of three. Take AdamW when the model overfits, and tune its lambda. Nesterov or Momentum with a tuned rate and a
// cosine or one-cycle schedule can end lower, at the price of tuning. SGD is the one to reason about.
// Recurrent networks want their gradients clipped by norm: NewClipNorm(1) is a common choice.
//
// Of the schedules, take constant while trying things, cosine or onecycle when the length of the run is known, plateau when
// it is not, and Warmup before any of them when the first steps are unstable.
//
// # How they fit together
//
// A settings struct (Adam) has the paper's values from its default constructor (DefaultAdam), is checked and made
// into an Optimizer by New, and is found by name through Lookup. Zero means zero. An Optimizer is a gorgonia.Solver
// that saves and restores its state; it works on any gorgonia.ValueGrad that has a name and holds dense float32 or
// float64 tensors. Other things wrap it and are optimizers again:
//
//	o, err := optim.DefaultAdam().New()
//	clip, err := optim.NewClipNorm(1)
//	cosine, err := optim.DefaultCosine().New()
//	s, err := optim.WithSchedule(optim.Chain(o, clip), cosine, total)
//
// # What holds for all
//
// State is kept by the name of the parameter, never by position, in the precision of the parameter, which is what
// PyTorch does: it halves the memory that a float32 step moves. Numbers of a step that all parameters share (the rate, bias
// corrections) are computed in float64. A step visits each parameter once, in the order given, on the calling
// goroutine: the same bits on every run and at any GOMAXPROCS. It allocates only the first time that it sees a parameter.
//
// A gradient that is missing, NaN or infinite is an error that names the parameter, and nothing has changed.
//
// # Adding one
//
// A new optimizer is a file with its settings struct, its equation and its update, and a row in registry.go; the
// conformance kit of package optimtest then covers it.
package optim
