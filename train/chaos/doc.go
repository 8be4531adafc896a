// Package chaos judges forecasts of chaotic systems. A forecast of chaos must fail; the question is when, and what it looks like after.
//
// ValidTimes says when: how long the error stays below a threshold, in Lyapunov times, over many starts. The climate says what it looks like:
// Spectrum (power by frequency), Histogram and Distance (how often each value comes), ReturnMap (each maximum over the one before), and,
// with datasets/dynamics, the Lyapunov spectrum of a model in a closed loop beside that of the system.
package chaos
