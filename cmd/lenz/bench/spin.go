package bench

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/safetensors"
	"lenz/models/spin"
)

// flipsPerNS counts attempted flips, in 10^9 a second.
const flipsPerNS = "flips_per_ns"

// ising times Metropolis on one large lattice.
func ising() Bench {
	return Bench{
		Name:    "ising",
		Doc:     "Metropolis sweeps of one L x L Ising lattice at T_c, a bit a spin, random numbers of its own for every spin",
		Sizes:   []Size{{"L", 1024, "sites along each side, a multiple of 128"}, {"sweeps", 20, "sweeps a run"}},
		Cases:   []Case{{}},
		Memory:  func(s Sizes) float64 { return float64(s["L"]) * float64(s["L"]) / 2 },
		Prepare: prepareIsing,
	}
}

func prepareIsing(c Case) (*Work, error) {
	size, sweeps := c.Sizes["L"], c.Sizes["sweeps"]
	p, err := spin.NewPacked(size, spin.SquareTc, 1)
	if err != nil {
		return nil, err
	}
	run := func() error {
		for range sweeps {
			p.Update()
		}
		return nil
	}
	return &Work{
		Run:       run,
		Rates:     []Rate{{Name: flipsPerNS, PerRun: 1e-9 * float64(sweeps) * float64(size) * float64(size)}},
		Footprint: size * size / 8,
		Dump: func() ([]safetensors.Tensor, error) {
			before := spinsOf(p, size)
			err := run()
			return []safetensors.Tensor{{Name: "spins", Shape: []int{size, size}, Data: before}, {Name: "next.spins", Shape: []int{size, size}, Data: spinsOf(p, size)}}, err
		},
	}, nil
}

// spinsOf is the lattice as -1 and +1, rows first.
func spinsOf(p *spin.Packed, size int) []float32 {
	out := make([]float32, 0, size*size)
	for y := range size {
		for x := range size {
			out = append(out, float32(p.At(x, y)))
		}
	}
	return out
}

// multispin times Metropolis on 64 replicas.
func multispin() Bench {
	return Bench{
		Name:    "multispin",
		Doc:     "Metropolis sweeps of 64 replicas of an L x L Ising lattice at T_c, a bit a replica, independent random numbers",
		Sizes:   []Size{{"L", 64, "sites along each side"}, {"sweeps", 20, "sweeps a run"}},
		Cases:   []Case{{}},
		Memory:  func(s Sizes) float64 { return 200 * float64(s["L"]) * float64(s["L"]) },
		Prepare: prepareMultispin,
	}
}

func prepareMultispin(c Case) (*Work, error) {
	size, sweeps := c.Sizes["L"], c.Sizes["sweeps"]
	l, err := spin.NewLattice("square", size, false)
	if err != nil {
		return nil, err
	}
	f, err := l.Ferromagnet(1, 0)
	if err != nil {
		return nil, err
	}
	m, err := spin.NewMultispin(f, []float64{spin.SquareTc}, 0, nil, 1)
	if err != nil {
		return nil, err
	}
	run := func() error {
		for range sweeps {
			m.Update()
		}
		return nil
	}
	return &Work{
		Run:       run,
		Rates:     []Rate{{Name: flipsPerNS, PerRun: 1e-9 * float64(sweeps) * spin.Replicas * float64(f.Units())}},
		Footprint: 8 * f.Units(),
		Dump: func() ([]safetensors.Tensor, error) {
			before := m.Energies(0)
			err := run()
			after := m.Energies(0)
			if err != nil {
				return nil, fmt.Errorf("multispin: %w", err)
			}
			return []safetensors.Tensor{
				{Name: "energies", Shape: []int{spin.Replicas}, Data: before[:]}, {Name: "next.energies", Shape: []int{spin.Replicas}, Data: after[:]},
			}, nil
		},
	}, nil
}

// glassesBench times Metropolis and parallel tempering of 512 spin glasses.
func glassesBench() Bench {
	return Bench{
		Name:    "glasses",
		Doc:     "Metropolis of 512 +-J glasses of L x L x L spins with couplings of their own, two replicas at 8 temperatures, exchanges every 10 sweeps",
		Sizes:   []Size{{"L", 8, "sites along each side"}, {"sweeps", 10, "sweeps a run"}},
		Cases:   []Case{{}},
		Memory:  func(s Sizes) float64 { return 1500 * math.Pow(float64(s["L"]), 3) },
		Prepare: prepareGlasses,
	}
}

func prepareGlasses(c Case) (*Work, error) {
	size, sweeps := c.Sizes["L"], c.Sizes["sweeps"]
	l, err := spin.NewLattice("cubic", size, false)
	if err != nil {
		return nil, err
	}
	ladder := []float64{1.03, 1.1, 1.165, 1.235, 1.32, 1.42, 1.54, 1.68}
	g, err := spin.NewGlasses(l, ladder, 10, 1)
	if err != nil {
		return nil, err
	}
	run := func() error { return g.Sweep(context.Background(), sweeps) }
	return &Work{
		Run:       run,
		Rates:     []Rate{{Name: flipsPerNS, PerRun: 1e-9 * float64(2*len(ladder)*sweeps) * spin.Systems * float64(l.Sites())}},
		Footprint: 64 * (2*len(ladder) + 3) * l.Sites(),
		Dump: func() ([]safetensors.Tensor, error) {
			before := g.Energies(0, 0)
			err := run()
			after := g.Energies(0, 0)
			if err != nil {
				return nil, fmt.Errorf("glasses: %w", err)
			}
			return []safetensors.Tensor{energies("energies", before), energies("next.energies", after)}, nil
		},
	}, nil
}

func energies(name string, e [spin.Systems]float64) safetensors.Tensor {
	return safetensors.Tensor{Name: name, Shape: []int{spin.Systems}, Data: e[:]}
}
