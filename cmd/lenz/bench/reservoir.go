package bench

import (
	"math/rand/v2"

	"lenz/internal/rng"
	"lenz/internal/safetensors"
	"lenz/models/reservoir"
	"lenz/models/ridge"
)

const benchRidge = 1e-6

var reservoirSizes = []Size{{"N", 1000, "units"}, {"T", 10000, "steps"}}

// esn times the states of a sparse reservoir and the ridge readout, the sums of one block while the states of the next are computed.
func esn() Bench {
	return Bench{
		Name: "esn", Doc: "states of a sparse echo state network and its ridge readout, in float64",
		Sizes: append(reservoirSizes[:2:2], Size{"links", 10, "links of a unit"}), Dtypes: []string{"float64"},
		Cases: []Case{{}}, Memory: readoutMemory, Prepare: prepareESN,
	}
}

func prepareESN(c Case) (*Work, error) {
	n, steps := c.Sizes["N"], c.Sizes["T"]
	settings := reservoir.DefaultESN()
	settings.Units, settings.Degree, settings.Radius, settings.InputScale, settings.Bias, settings.Direct = n, c.Sizes["links"], 0.9, 0.1, 0, false
	settings.Input = "normal"
	m, err := settings.New(3, 1)
	if err != nil {
		return nil, err
	}
	all := []int{0, 1, 2}
	net, err := reservoir.NewNetwork(reservoir.Options{Inputs: 3, Outputs: 3}, reservoir.Part{Machine: m, In: all, Out: all})
	if err != nil {
		return nil, err
	}
	r := rand.New(rng.New(1, "bench"))
	u, y := normals[float64](r, 3*steps), normals[float64](r, 3*steps)
	run := func() error {
		_, err := net.Fit(u, y, 0, benchRidge)
		return err
	}
	links := float64(settings.Degree) + 3
	dump := func() ([]safetensors.Tensor, error) { return dumpESN(m, net, u, y) }
	return &Work{Dump: dump, Run: run, MaxReps: 10, Rates: []Rate{{Name: GFLOPS, PerRun: solveFlops(n, steps) + 2e-9*float64(n)*float64(steps)*links}}}, nil
}

// readoutMemory is that of the Gram matrix, a block of 512 rows and two packed ones, and three inputs and outputs.
func readoutMemory(s Sizes) float64 {
	n := float64(s["N"])
	return 8 * (n*n + 1536*n + 6*float64(s["T"]))
}

// dumpESN returns the reservoir's matrices, the data, and what the fitted readout answers at each step.
func dumpESN(m *reservoir.Reservoir, net *reservoir.Network, u, y []float64) ([]safetensors.Tensor, error) {
	if _, err := net.Fit(u, y, 0, benchRidge); err != nil {
		return nil, err
	}
	state, answers := make([]float64, net.StateSize()), make([]float64, len(y))
	for t := range len(u) / 3 {
		net.Step(state, u[3*t:][:3])
		net.Output(answers[3*t:][:3], state, u[3*t:][:3])
	}
	w, win, _ := m.Matrices()
	n, steps := m.StateSize(), len(u)/3
	return []safetensors.Tensor{
		{Name: "w", Shape: []int{n, n}, Data: w.RawMatrix().Data}, {Name: "win", Shape: []int{n, 3}, Data: win.RawMatrix().Data},
		{Name: "u", Shape: []int{steps, 3}, Data: u}, {Name: "y", Shape: []int{steps, 3}, Data: y},
		{Name: "answers", Shape: []int{steps, 3}, Data: answers},
	}, nil
}

// ridgeReadout times the readout alone: sums of products and the Cholesky factorization.
func ridgeReadout() Bench {
	return Bench{
		Name: "ridge", Doc: "a ridge readout: the Gram matrix of states and the Cholesky solution, in float64",
		Sizes: reservoirSizes, Dtypes: []string{"float64"}, Cases: []Case{{}},
		Memory:  func(s Sizes) float64 { return readoutMemory(s) + 8*float64(s["N"])*float64(s["T"]) },
		Prepare: prepareRidge,
	}
}

func prepareRidge(c Case) (*Work, error) {
	n, steps := c.Sizes["N"], c.Sizes["T"]
	r := rand.New(rng.New(1, "bench"))
	x, y := normals[float64](r, n*steps), normals[float64](r, 3*steps)
	var solution *ridge.Solution
	run := func() error {
		m, err := ridge.NewMoments(n, 3)
		if err != nil {
			return err
		}
		defer m.Release()
		err = m.Stream(steps, func(from, to int, xs, ys []float64) error {
			copy(xs, x[from*n:to*n])
			copy(ys, y[from*3:to*3])
			return nil
		})
		if err == nil {
			solution, err = m.Solve(benchRidge)
		}
		return err
	}
	dump := func() ([]safetensors.Tensor, error) {
		if err := run(); err != nil {
			return nil, err
		}
		return []safetensors.Tensor{
			{Name: "x", Shape: []int{steps, n}, Data: x}, {Name: "y", Shape: []int{steps, 3}, Data: y}, {Name: "weights", Shape: []int{n, 3}, Data: solution.Weights},
		}, nil
	}
	return &Work{Dump: dump, Run: run, MaxReps: 10, Rates: []Rate{{Name: GFLOPS, PerRun: solveFlops(n, steps)}}}, nil
}

// solveFlops counts 10^9 operations: the triangle of X'X, X'Y and a Cholesky factorization.
func solveFlops(n, steps int) float64 {
	N, T := float64(n), float64(steps)
	return 1e-9 * (T*N*N + 6*T*N + N*N*N/3)
}
