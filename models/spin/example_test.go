package spin_test

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/internal/rng"
	"lenz/models/spin"
)

// A small lattice beside all its states.
func ExampleEnsemble() {
	lattice, err := spin.NewLattice("square", 4, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := lattice.Ferromagnet(1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := spin.NewEnsemble(c, spin.Plan{Temperatures: []float64{2.5}, Method: "wolff", Clusters: 2, Copies: 2, Thermalize: 100, Every: 1}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := e.Sweep(context.Background(), 20000); err != nil {
		fmt.Println(err)
		return
	}
	exact, err := spin.Enumerate(c, 2.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	o := e.Observables()[0]
	fmt.Println("within four errors:", math.Abs(o.Energy.Value-exact.Energy) < 4*o.Energy.Error, "error below 0.01:", o.Energy.Error < 0.01)
	// Output: within four errors: true error below 0.01: true
}

// The largest cut of a graph is the ground state of a spin glass with the weights' signs turned.
func ExampleGroundStateSearch() {
	pentagon := &datasets.SpinInstance{Name: "pentagon", Spins: 5}
	for i := range 5 {
		pentagon.Edges = append(pentagon.Edges, datasets.SpinEdge{I: i, J: (i + 1) % 5, Weight: 1})
	}
	c, err := spin.FromInstance(pentagon)
	if err != nil {
		fmt.Println(err)
		return
	}
	search := spin.DefaultSearch()
	search.Sweeps = 50
	state, energy, err := spin.GroundStateSearch(context.Background(), c, search)
	fmt.Println(energy, spin.Cut(pentagon, state), err)
	// Output: -3 4 <nil>
}

// A stored pattern comes back from a spoiled one, and the energy never rises on the way.
func ExampleNetwork() {
	r := rng.NewFast(rng.New(1, "example"))
	patterns := spin.RandomPatterns(5, 100, r)
	network, err := spin.Store("hebbian", patterns, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := network.Recall(spin.Spoil(patterns[0], 0.1, r), spin.RecallOptions{Update: spin.Asynchronous, Sweeps: 20, Trace: true}, r)
	if err != nil {
		fmt.Println(err)
		return
	}
	same := 0
	for i, s := range out.State {
		if s == patterns[0][i] {
			same++
		}
	}
	fmt.Println(same, "of 100 spins,", "settled:", out.Converged)
	fmt.Println("falls:", out.Energies[0] > out.Energies[len(out.Energies)-1])
	// Output:
	// 100 of 100 spins, settled: true
	// falls: true
}

// The order of 512 spin glasses grows as they cool: <q^2> of two replicas, a mean over the samples of disorder.
func ExampleGlasses() {
	lattice, err := spin.NewLattice("cubic", 4, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := spin.NewGlasses(lattice, []float64{1.1, 1.3, 1.6, 2.1}, 5, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	square := make([]float64, 4)
	if err := g.Sweep(context.Background(), 500); err != nil {
		fmt.Println(err)
		return
	}
	var o spin.Overlaps
	for range 20 {
		if err := g.Sweep(context.Background(), 50); err != nil {
			fmt.Println(err)
			return
		}
		for k := range square {
			g.Overlaps(k, &o)
			for _, q := range o.Q {
				square[k] += q * q / (20 * spin.Systems)
			}
		}
	}
	fmt.Printf("%.2f\n", square)
	// Output: [0.38 0.29 0.18 0.09]
}

func ExampleSquareMagnetization() {
	fmt.Printf("T_c %.6f, m(2) %.4f, u(T_c) %.4f\n", spin.SquareTc, spin.SquareMagnetization(2), spin.SquareEnergy(spin.SquareTc))
	// Output: T_c 2.269185, m(2) 0.9113, u(T_c) -1.4142
}

// A chain of spins with a field, by its transfer matrix and by looking at all states.
func ExampleEnumerate() {
	chain, err := spin.NewLattice("chain", 10, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := chain.Ferromagnet(1, 0.2)
	if err != nil {
		fmt.Println(err)
		return
	}
	all, err := spin.Enumerate(c, 1.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	matrix := spin.ChainMoments(10, 1, 0.2, 1.5)
	fmt.Printf("energy %.6f and %.6f, magnetization %.6f and %.6f\n", all.Energy, matrix.Energy, all.M, matrix.M)
	// Output: energy -0.732073 and -0.732073, magnetization 0.450272 and 0.450272
}

// Annealing cools a frustrated ring again and again: one of its bonds stays unsatisfied.
func ExampleAnnealer() {
	bonds := []spin.Bond{{I: 0, J: 1, Value: 1}, {I: 1, J: 2, Value: 1}, {I: 2, J: 3, Value: 1}, {I: 0, J: 3, Value: -1}}
	c, err := spin.New(4, bonds, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := spin.NewAnnealer(c, spin.Schedule{Kind: "geometric", Hot: 2, Cold: 0.1, Sweeps: 50}, "metropolis", 4, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := a.Sweep(context.Background(), 200); err != nil {
		fmt.Println(err)
		return
	}
	_, energy := a.Best()
	fmt.Println(energy, "after", a.Starts(), "coolings")
	// Output: -2 after 16 coolings
}

// A lattice of a million spins, a bit each, far above its critical temperature.
func ExamplePacked() {
	p, err := spin.NewPacked(1024, 5, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Measure(50, 1)
	if err := p.Sweep(context.Background(), 150); err != nil {
		fmt.Println(err)
		return
	}
	o := p.Observables()[0]
	fmt.Println("within four errors:", math.Abs(o.Energy.Value-spin.SquareEnergy(5)) < 4*o.Energy.Error)
	// Output: within four errors: true
}

// 64 replicas of one lattice in the bits of a word.
func ExampleMultispin() {
	lattice, err := spin.NewLattice("square", 4, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := lattice.Ferromagnet(1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := spin.NewMultispin(c, []float64{3}, 0, nil, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	m.Measure(100, 1)
	if err := m.Sweep(context.Background(), 2000); err != nil {
		fmt.Println(err)
		return
	}
	exact, err := spin.Enumerate(c, 3)
	o := m.Observables()[0]
	fmt.Println("within four errors:", math.Abs(o.Energy.Value-exact.Energy) < 4*o.Energy.Error, err)
	// Output: within four errors: true <nil>
}

// A memory by its settings, as a command gives them: ten patterns, of which a fifth of the spins is turned before each recall.
func ExampleMemory() {
	o := spin.DefaultHopfield()
	o.Units, o.Patterns, o.Noise = 200, 10, 0.2
	m, err := o.New(nil, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Sweep(context.Background(), 100); err != nil {
		fmt.Println(err)
		return
	}
	r := m.Recalls()
	fmt.Printf("%d recalls, overlap above 0.99: %v, too many patterns: %v\n", r.Count, r.Overlap.Value > 0.99, m.Overloaded() != "")
	// Output: 100 recalls, overlap above 0.99: true, too many patterns: false
}
