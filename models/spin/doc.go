// Package spin holds models of spins -1 and +1: Ising models on lattices, spin glasses, classical Hopfield networks. They are sampled,
// searched or let run, not trained by gradients; train.Sampling drives what this package builds.
//
// # Which thing to choose
//
// One Coupling stands behind all: couplings J_ij, fields h_i and terms of three and more spins. A Lattice makes one of a regular
// arrangement, Dense of a matrix, FromInstance of a file of the Biq Mac library or the G-set; EdwardsAnderson, SherringtonKirkpatrick and
// PSpin draw random ones.
//
//	Ensemble         samples at one or several temperatures, replicas at each, with observables and errors that know the
//	                 autocorrelation. Methods: metropolis or heatbath (anything), wolff or swendsen-wang (near a critical point, without
//	                 fields), parallel tempering by Plan.Swap (where the landscape is rough)
//	Packed           one large square ferromagnet, a bit a spin: several flips a nanosecond
//	Multispin        64 systems at once with couplings -1 or +1, a bit a system: many samples of disorder, or many replicas
//	Glasses          512 +-J glasses at once, in pairs of replicas, some twenty times as fast: averages over many samples of disorder
//	Annealer         cools again and again; GroundStateSearch (tempering from several starts) finds lower energies
//	Network, Memory  store patterns and recall them
//
// Exact answers to hold samples against: Enumerate and GroundState up to 26 spins, ChainMoments, SquareEnergy and SquareMagnetization
// (infinite square lattice), TorusLogZ and TorusEnergy (finite ones), MeanFieldOverlap and StepError (Hopfield).
//
// Ising, Glass and Hopfield are settings by name, as commands and configuration files give them; the catalog builds from them.
//
// # Conventions
//
// E = -sum_{i<j} J_ij s_i s_j - sum_i h_i s_i - ..., weight exp(-E/T), k_B = 1. Observables are per spin. A sweep is N attempted flips
// (or the configured number of Wolff clusters). The same seed gives the same bits at every GOMAXPROCS.
package spin
