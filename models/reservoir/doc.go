// Package reservoir holds recurrent models whose recurrence is not trained: a fixed driven system, and a linear readout that is the solution of
// one equation. They learn in a second what gradients take minutes for, and are at home in chaos.
//
// Which one:
//
//   - EchoState is the first choice: random sparse units; the spectral radius sets the memory, the input scale the nonlinearity.
//   - NextGeneration has no units: products of a few past inputs. Try it first on short recordings of smooth, low-dimensional systems.
//   - ParallelEchoState is for fields along a ring of many columns: local reservoirs see only their neighbourhood.
//   - DeepEchoState stacks reservoirs, for several time scales, or sets them side by side.
//   - DelayNetwork and LiquidState are models of hardware and of nerves: one node in a delay loop, and spiking neurons.
//
// The setting feedback of echo states gives the past of the targets weights of their own, Wfb of Jaeger (2001), apart from those of the other inputs:
// the true past while learning (teacher forcing), the model's own outputs in a forecast. A target whose past is no input is fed back in
// this way alone. The setting noise steadies such loops. All kinds take members, reservoirs of different seeds whose forecasts are averaged.
// Each series of a stream begins at the state zero and has a washout of its own.
//
// Each is a settings struct with a default constructor and New, which gives a Model that the closed-form learner of package train drives. What
// they are made of can be used by itself: a Machine (ESN, Delay, Liquid, NGRC; Deep and Grouped compose them) is a state that is stepped and read,
// and a Network joins machines with readouts, learns from streams, and runs in a closed loop, also as a dynamics.System.
package reservoir
