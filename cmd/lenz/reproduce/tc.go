package reproduce

import (
	"context"
	"fmt"

	"lenz/internal/plusminus"
	"lenz/models/spin"
	"lenz/train/report"
)

func isingTc() Experiment {
	return Experiment{
		Name: "ising-tc", Title: "Critical temperature of the square Ising model from crossings of Binder's cumulant",
		Source: "Onsager 1944: 2/ln(1 + sqrt 2); Binder 1981 for the method",
		Run: func(ctx context.Context, o Options) (*Result, error) {
			return binderCrossing(ctx, o, binderPlan{lattice: "square", sizes: []int{16, 32, 64}, reference: spin.SquareTc, source: "Onsager 1944, exact", quick: 5000})
		},
	}
}

func triangularTc() Experiment {
	return Experiment{
		Name: "triangular-tc", Title: "Critical temperature of the triangular Ising model from crossings of Binder's cumulant",
		Source: "Houtappel 1950: 4/ln 3",
		Run: func(ctx context.Context, o Options) (*Result, error) {
			return binderCrossing(ctx, o, binderPlan{lattice: "triangular", sizes: []int{12, 24, 48}, reference: spin.TriangularTc, source: "Houtappel 1950, exact", quick: 9000})
		},
	}
}

type binderPlan struct {
	lattice   string
	sizes     []int
	reference float64
	source    string
	quick     int // sweeps of the quick form
}

// binderCrossing samples each size at temperatures around a first guess, so near that a cubic fits the cumulant,, by Wolff's clusters, and finds where the cumulants of
// the two largest sizes meet: that of a periodic lattice at T_c depends on its size only through corrections that vanish as L grows.
func binderCrossing(ctx context.Context, o Options, p binderPlan) (*Result, error) {
	sweeps := 6 * p.quick
	if o.Quick {
		sweeps = p.quick
	}
	var temperatures []float64
	for k := range 7 {
		temperatures = append(temperatures, p.reference*(0.988+0.004*float64(k)))
	}
	var curves []sizeCurve
	panel := report.Panel{X: report.Axis{Name: "temperature"}, Y: report.Axis{Name: "1 - <m^4>/(3 <m^2>^2)"}}
	for i, size := range p.sizes {
		l, err := spin.NewLattice(p.lattice, size, false)
		if err != nil {
			return nil, err
		}
		c, err := l.Ferromagnet(1, 0)
		if err != nil {
			return nil, err
		}
		e, err := spin.NewEnsemble(c, spin.Plan{Temperatures: temperatures, Method: "wolff", Clusters: 2, Copies: 2, Thermalize: 500, Every: 1}, o.Seed)
		if err != nil {
			return nil, err
		}
		if err := e.Sweep(ctx, 500+sweeps); err != nil {
			return nil, err
		}
		curve := sizeCurve{size: size}
		for _, m := range e.Observables() {
			curve.x, curve.y, curve.e = append(curve.x, m.Temperature), append(curve.y, m.Binder.Value), append(curve.e, m.Binder.Error)
		}
		curves = append(curves, curve)
		color := []report.Color{report.Green, report.Purple, report.Blue}[i%3]
		panel.Bands = append(panel.Bands, bars("", color, curve.x, curve.y, curve.e))
		panel.Lines = append(panel.Lines, report.Line{Name: fmt.Sprintf("L = %d", size), Color: color, X: curve.x, Y: curve.y, Dots: true})
		o.Say("L = %d: cumulant %.4f to %.4f", size, curve.y[0], curve.y[len(curve.y)-1])
	}
	r := &Result{}
	for i := 1; i < len(curves); i++ {
		at, err, failure := crossing(curves[i-1], curves[i], 3, o.Seed)
		if failure != nil {
			return nil, failure
		}
		what := fmt.Sprintf("crossing of L = %d and %d", curves[i-1].size, curves[i].size)
		if i < len(curves)-1 {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: T = %s", what, plusminus.Text(at, err)))
			continue
		}
		r.Checks = append(r.Checks, Check{What: "T_c, " + what, Reference: p.reference, Source: p.source, Value: at, Error: err, Tolerance: 0.01})
	}
	panel.Marks = []report.Mark{{X: p.reference, Y: nan, Label: fmt.Sprintf("exact T_c %.5f", p.reference)}}
	r.Figures = []report.Figure{{
		Name: "binder", Title: "Binder's cumulant of three sizes", Panels: []report.Panel{panel},
		Caption: fmt.Sprintf("The curves meet at the critical temperature: %s, exactly %.5f.", plusminus.Text(r.Checks[0].Value, r.Checks[0].Error), p.reference),
	}}
	return r, nil
}
