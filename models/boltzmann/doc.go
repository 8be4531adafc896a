// Package boltzmann holds machines whose states have the probability e^-energy / Z: they learn a distribution, and draw from it.
//
// Which one?
//
//   - RBM: visible and hidden units with no connection within a layer. The usual choice: each layer is drawn at once. Learn it with
//     chains = pcd (or fpcd) for a good distribution, cd for features, exact for up to 16 visible units.
//   - Machine: every unit may be connected to every other. Slower by far, and for tens of units; learnt by annealing, or exactly up to
//     20 units; its log Z is a sum over all states or, of more units, AIS of all of them. Without hidden units it is the Ising model that has the data's moments.
//   - DBN: restricted machines on top of one another, for pictures; with classes, a classifier that begins with their weights.
//   - CRBM: a forecaster, whose window moves the biases of a machine of the forecast.
//
// A machine is a source of gradients for a trainer, as networks are:
//
//	c := boltzmann.DefaultRBM()
//	c.Hidden, c.Chains = 100, "pcd"
//	machine, err := c.New(source.Layout(), seed)
//	learner := train.Gradient(machine, optimizer)
//
// The loss that learning follows says nothing about quality; the validation loss is what the setting monitor says. How good is a
// machine? LogLikelihood where log Z can be summed, AIS elsewhere: read its error, too.
package boltzmann
