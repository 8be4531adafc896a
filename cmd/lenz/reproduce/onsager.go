package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/models/spin"
	"lenz/train/report"
)

var nan = math.NaN()

func isingOnsager() Experiment {
	return Experiment{
		Name: "ising-onsager", Title: "Energy and magnetization of the square Ising model beside the exact solution",
		Source: "Onsager 1944, Yang 1952, Kaufman 1949 (finite lattices)", Run: runOnsager,
	}
}

// runOnsager samples 128 x 128 spins, for which the energy at T_c lies 0.005 below the infinite lattice's; it is also held against
// Kaufman's exact energy of the finite lattice.
func runOnsager(ctx context.Context, o Options) (*Result, error) {
	const size = 128
	sweeps := 20000
	if o.Quick {
		sweeps = 3000
	}
	l, err := spin.NewLattice("square", size, false)
	if err != nil {
		return nil, err
	}
	c, err := l.Ferromagnet(1, 0)
	if err != nil {
		return nil, err
	}
	temperatures := []float64{1.7, 2.0, 2.15, 2.22, spin.SquareTc, 2.32, 2.4, 2.6}
	e, err := spin.NewEnsemble(c, spin.Plan{Temperatures: temperatures, Method: "swendsen-wang", Copies: 2, Thermalize: 200, Every: 1}, o.Seed)
	if err != nil {
		return nil, err
	}
	if err := e.Sweep(ctx, 200+sweeps); err != nil {
		return nil, err
	}
	r := &Result{Rows: []string{fmt.Sprintf("%11s %12s %12s %12s %12s %12s", "temperature", "energy", "+-", "exact", "|m|", "exact")}}
	var energy, m, eErr, mErr []float64
	for _, v := range e.Observables() {
		energy, eErr = append(energy, v.Energy.Value), append(eErr, v.Energy.Error)
		m, mErr = append(m, v.Magnetization.Value), append(mErr, v.Magnetization.Error)
		r.Rows = append(r.Rows, fmt.Sprintf("%11.5f %12.5f %12.5f %12.5f %12.5f %12.5f", v.Temperature, v.Energy.Value, v.Energy.Error,
			spin.SquareEnergy(v.Temperature), v.Magnetization.Value, spin.SquareMagnetization(v.Temperature)))
		switch v.Temperature {
		case spin.SquareTc:
			r.Checks = append(r.Checks,
				Check{What: "energy per spin at T_c, infinite lattice", Reference: -math.Sqrt2, Source: "Onsager 1944, exact", Value: v.Energy.Value, Error: v.Energy.Error, Tolerance: 0.01},
				Check{What: "energy per spin at T_c, 128 x 128", Reference: spin.TorusEnergy(size, spin.SquareTc), Source: "Kaufman 1949, exact", Value: v.Energy.Value, Error: v.Energy.Error, Tolerance: 0.005})
		case 2.0:
			r.Checks = append(r.Checks, Check{What: "magnetization at T = 2", Reference: spin.SquareMagnetization(2), Source: "Yang 1952, exact", Value: v.Magnetization.Value, Error: v.Magnetization.Error, Tolerance: 0.001})
		}
	}
	lo, hi := temperatures[0], temperatures[len(temperatures)-1]
	panel := func(name, exact string, y, e []float64, f func(float64) float64) report.Panel {
		return report.Panel{X: report.Axis{Name: "temperature"}, Y: report.Axis{Name: name},
			Bands: []report.Band{bars("one standard error", report.Blue, temperatures, y, e)},
			Lines: []report.Line{report.Curve(exact, report.Vermilion, lo, hi, f), {Name: "128 x 128 sampled", Color: report.Blue, X: temperatures, Y: y, Dots: true}}}
	}
	r.Figures = []report.Figure{{
		Name: "onsager", Title: "The square Ising model beside its exact solution",
		Caption: "A finite lattice keeps some magnetization above the critical temperature; elsewhere the points lie on the curves.",
		Panels: []report.Panel{
			panel("energy per spin", "exact, infinite lattice", energy, eErr, spin.SquareEnergy),
			panel("magnetization", "exact, infinite lattice", m, mErr, spin.SquareMagnetization),
		},
	}}
	return r, nil
}
