// Package state holds what a resumed run must have again: a tree of named values that every stateful part of
// the library (learners, optimizers, schedules, observers, data iterators, random generators) gives out and
// takes back, and that a checkpoint writes to disk without losing a bit.
package state
