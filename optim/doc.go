// Package optim holds optimizers, learning-rate schedules and gradient transforms.
//
// # Which one
//
// Start with Adam at its default rate of 0.001: it suits recurrent networks and forgives a rate that is off by a
// factor of three. Take AdamW when the model overfits, and tune its lambda. Nesterov or Momentum with a tuned rate and a
// cosine or one-cycle schedule can end lower, at the price of tuning. SGD is the one to reason about.
// Recurrent networks want their gradients clipped by norm: NewClipNorm(1) is a common choice.
//
//   - No time to tune a rate: Prodigy finds it. No length of the run to plan for: ScheduleFree needs no schedule.
//   - Few data, all in one batch, and a smooth loss: LBFGS, or Rprop where steps are to depend on signs alone.
//   - Wide layers: Muon, which steps matrices along orthogonal ones. Very large batches: LAMB. Little memory: Adafactor, Lion, Momentum.
//   - Unstable first steps: RAdam, or any under Warmup. Gradients of very different sizes: AdaBelief, AMSGrad, AdaMax.
//   - AdaGrad for sparse gradients; AdaDelta and RMSProp are the elders of Adam, for comparison with older work.
//   - A model that generalizes badly: NewSAM, NewSWA or NewEMA around what it has.
//
// Of the schedules, take constant while trying things, cosine or onecycle when the length of the run is known, plateau when
// it is not, sgdr for several models of one run, and Warmup before any of them when the first steps are unstable.
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
// From the inside out: the optimizer with its groups (SetGroups, SetDecay), transforms (Chain), Lookahead, an average (NewEMA,
// NewSWA), the schedule, NewAccumulate, NewSAM. Schedules and averages within an accumulation count its steps, not its batches.
//
// L-BFGS and SAM evaluate the gradient of a batch several times: NeedsClosure tells, StepWith drives any optimizer. Where the
// weights for use are not those that are trained (averages, Lookahead, ScheduleFree), Evaluating swaps them in and back. Capabilities of
// what stands within are found by As.
//
// # What holds for all
//
// State is kept by the name of the parameter, never by position, in the precision of the parameter, which is what
// PyTorch does: it halves the memory that a float32 step moves. Numbers of a step that all parameters share (the rate, bias
// corrections) are computed in float64. A step visits each parameter once, in the order given, on the calling
// goroutine (Muon and Adafactor: on several, a parameter each): the same bits on every run and at any GOMAXPROCS. It allocates only the
// first time that it sees a parameter.
//
// A gradient that is missing, NaN or infinite is an error that names the parameter, and nothing has changed.
//
// # Adding one
//
// A new optimizer is a file with its settings struct, its equation, its update and where to tune it (Search), and a row in registry.go;
// the conformance kit of package optimtest then covers it. An update that looks at one place at a time can have a rule in
// graph/kernel/gen/rules.go, from which its assembly is made, and its twin in Go beside AdamUpdate.
package optim
