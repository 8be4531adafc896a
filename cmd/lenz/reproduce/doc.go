// Package reproduce holds published experiments, one a file. Each says what was published and where, measures it again with an error,
// and passes only when the difference is within the tolerance and the error is at most a third of it.
//
// To add one, write a file with a function that returns an Experiment, and a line in All.
package reproduce
