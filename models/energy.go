package models

import "math"

// EnergyModel is a model with an energy over its states: what classical Hopfield networks, Boltzmann machines, restricted Boltzmann
// machines and modern Hopfield networks share. Low energy means probable, p(x) ~ exp(-E(x)/T), or stored.
type EnergyModel interface {
	// Units is the length of a state.
	Units() int
	// Energy returns the energy of a state [Units], in the units of the model: spins are -1 or +1, binary units 0 or 1,
	// continuous ones any number. What is no state of the model, such as one of another length, has the energy NaN.
	Energy(state []float64) float64
}

// EnergyTrace returns the energy of each state of a course, such as a recall: under asynchronous updates at temperature 0 it never
// rises.
func EnergyTrace(m EnergyModel, course [][]float64) []float64 {
	trace := make([]float64, len(course))
	for i, state := range course {
		trace[i] = m.Energy(state)
	}
	return trace
}

// Rises returns the first index at which the trace is higher than before by more than tolerance, or -1: NaN counts as a rise.
func Rises(trace []float64, tolerance float64) int {
	for i, e := range trace {
		if math.IsNaN(e) || i > 0 && e > trace[i-1]+tolerance {
			return i
		}
	}
	return -1
}
