// Package optimtest tests optimizers: Check is the conformance kit that every one of them passes, Problems
// the small tasks that they are held to, Param a named parameter for tests of one's own.
//
//	func TestMine(t *testing.T) {
//		optimtest.Check(t, optimtest.Kit{New: func() (optim.Optimizer, error) { return DefaultMine().New() }})
//	}
//
// A target for each problem belongs beside it: Model builds the problem in either precision and Run takes steps.
package optimtest
