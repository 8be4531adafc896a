// Package study compares optimizers, models or whatever else learns, under equal budgets and with statistics: it is what
// lenz compare and lenz tune run. It knows neither models nor the command: a Factory builds the learners.
//
// # How a comparison goes
//
// A Plan names tasks and contenders, as plain data. For each contender and task there are Tunings independent tunings of Trials
// trials each, at quasirandom or random points of the contender's own Space. Each tuning chooses the settings with the lowest validation loss, and
// these are run on a fresh seed and judged on the test part. All contenders of a seed begin with the same weights and see the same
// batches. A run that diverges or fails ranks behind all others.
//
// Tuning is repeated for each seed because luck in tuning is part of what is compared: with one tuning for all seeds, two copies
// of one optimizer that happened on different rates would differ "significantly". Plan.Tunings = 1 is cheaper, and then the result says
// that it speaks of the chosen settings alone.
//
// # Which thing to choose
//
//	Study      carries out a plan on a Runner and returns Records; with a Journal it can be stopped and resumed
//	Pool       the Runner of this machine's cores; another one may send Trials to other machines
//	Analyze    turns a plan and its records into a Result: losses with intervals, tests, profiles, sensitivity, a sentence
//	WriteCSV   every trial with every setting; the same plan gives the same bytes on any number of workers
//	Quadratic  a task of microseconds, to try things out
//
// The statistics stand alone too: WilcoxonP, PairedTP, Holm, MedianInterval, Bootstrap, Profiles, Sensitivity.
package study
