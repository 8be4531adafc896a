// Package traintest holds the conformance kit for learners, and a model and data small enough to test a trainer with.
//
// Learner is what every learner must pass: saved after any step and restored, through the bytes of a checkpoint,
// into one that was built anew, it goes on to the same bits as one that was never stopped. Model and Points are a
// linear model and noisy points on a plane, whose gradients are written out by hand.
package traintest
