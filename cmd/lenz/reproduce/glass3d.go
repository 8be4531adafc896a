package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/plusminus"
	"lenz/internal/rng"
	"lenz/models/spin"
	"lenz/train/report"
)

// What Baity-Jesi et al. (2013) found on lattices of up to 40^3 spins: the critical temperature of couplings -1 and +1, what is universal
// there, and exponents. Their errors are 0.0029, 0.0028, 0.0032, 0.10 and 0.042.
const (
	glassTcPublished = 1.1019
	glassU4Published = 1.4899
	glassXiPublished = 0.6516
	glassOmega       = 1.12  // corrections to scaling vanish as L^-omega
	glassNu          = 2.562 // and shifts of the temperature as L^-(omega + 1/nu)
)

// glassLadder are the temperatures; what is fitted are the first ones, the others let the systems forget.
var glassLadder = []float64{1.03, glassTcPublished, 1.165, 1.235, 1.32, 1.42, 1.54, 1.68}

const (
	glassMeasured = 6 // of the ladder
	glassFitted   = 5
	glassAtTc     = 1 // place of the published temperature in the ladder
	glassExchange = 10
)

func glassTc() Experiment {
	return Experiment{
		Name: "spinglass-tc", Title: "Critical point of the cubic +-J spin glass from moments of the overlap",
		Source: "Baity-Jesi et al. 2013 (Janus): T_c = 1.1019(29), U4 = 1.4899(28), xi/L = 0.6516(32)", Run: runGlassTc,
	}
}

// glassPlan is how much is sampled of a size.
type glassPlan struct{ size, groups, sweeps int }

// The sweeps grow about as L^4. The table shows what U4 still changes from the second quarter of a run to its second half, which alone counts.
var (
	glassQuick = []glassPlan{{4, 400, 1024}, {5, 200, 2048}, {6, 100, 4096}, {8, 80, 12288}}
	glassFull  = []glassPlan{{5, 800, 2048}, {6, 500, 4096}, {8, 200, 12288}, {10, 64, 32768}}
)

// runGlassTc samples many glasses of four sizes L to 2L, and extrapolates to large lattices with the published exponents. Small lattices do
// not come near the published accuracy without help, so two things are asked that they can answer:
//
// U4 at the published T_c. Its tolerance is three standard errors of what is published, of U4 and of T_c by the slope of U4.
//
// The temperature where xi/L has its published critical value; with three standard errors of T_c and, by the slope, of xi/L.
//
// The temperature where U4 of the sizes L and 2L meet needs no published value, but is no more than a note: the curves meet at a small
// angle, and corrections of the size that U4 at the published T_c leaves room for, some 0.04 L^-omega, shift the crossing by 0.02.
func runGlassTc(ctx context.Context, o Options) (*Result, error) {
	plans := glassFull
	if o.Quick {
		plans = glassQuick
	}
	var all glassRuns
	for _, p := range plans {
		run, err := sampleGlasses(ctx, p, o.Seed)
		if err != nil {
			return nil, err
		}
		all = append(all, run)
		u, e := glassRuns{run}.jackknife(func(m []glassMoments) float64 { return m[0].u4(glassAtTc) })
		o.Say("L = %d: U4 = %s at the published T_c, %d samples", p.size, plusminus.Text(u, e), p.groups*spin.Systems)
	}
	return all.result()
}

// sampleGlasses runs groups of 512 samples, each group by itself.
func sampleGlasses(ctx context.Context, p glassPlan, seed uint64) (*glassRun, error) {
	run := &glassRun{plan: p, groups: make([]glassMoments, p.groups)}
	l, err := spin.NewLattice("cubic", p.size, false)
	if err != nil {
		return nil, err
	}
	seeds := rng.New(seed, fmt.Sprintf("reproduce.glass %d", p.size))
	return run, parallel(ctx, p.groups, func(i int) error {
		m := &run.groups[i]
		m.size = p.size
		g, err := spin.NewGlasses(l, glassLadder, glassExchange, seeds.At(uint64(i)))
		if err != nil {
			return err
		}
		if err := g.Sweep(ctx, p.sweeps/4); err != nil {
			return err
		}
		if m.before, err = measureGlasses(ctx, g, p.sweeps/4); err != nil {
			return err
		}
		m.last, err = measureGlasses(ctx, g, p.sweeps/2)
		return err
	})
}

// measureGlasses averages the moments of the overlap over sweeps and over the samples of a group.
func measureGlasses(ctx context.Context, g *spin.Glasses, sweeps int) ([]overlapMoments, error) {
	const times = 32
	m := make([]overlapMoments, glassMeasured)
	var o spin.Overlaps
	for range times {
		if err := g.Sweep(ctx, sweeps/times); err != nil {
			return nil, err
		}
		for k := range m {
			g.Overlaps(k, &o)
			for r, q := range o.Q {
				m[k].q2 += q * q / (times * spin.Systems)
				m[k].q4 += q * q * q * q / (times * spin.Systems)
				m[k].wave += o.Wave[r] / (times * spin.Systems)
			}
		}
	}
	return m, nil
}

// result draws the conclusions.
func (all glassRuns) result() (*Result, error) {
	r := &Result{Rows: all.table()}
	u4, err := all.extrapolate(func(m glassMoments) float64 { return m.u4(glassAtTc) }, glassOmega, 0.10)
	if err != nil {
		return nil, err
	}
	tc, err := all.extrapolate(glassMoments.criticalTemperature, glassOmega+1/glassNu, math.Hypot(0.10, 0.042/(glassNu*glassNu)))
	if err != nil {
		return nil, err
	}
	last := len(all) - 1
	crossing, crossingErr := all.jackknife(func(m []glassMoments) float64 { return m[0].meeting(m[last]) })
	drift, driftErr := all[last:].jackknife(func(m []glassMoments) float64 { return m[0].drift() })
	small, large := all[0].plan.size, all[last].plan.size
	const source = "Baity-Jesi et al. 2013"
	r.Checks = []Check{
		{What: "U4 at T = 1.1019 for L to infinity", Reference: glassU4Published, Source: source, Value: u4.at, Error: u4.err, Tolerance: 0.012},
		{What: "T_c for L to infinity, where xi/L = 0.6516", Reference: glassTcPublished, Source: source, Value: tc.at, Error: tc.err, Tolerance: 0.014},
		{What: fmt.Sprintf("change of U4 of L = %d from the second quarter of the run to the second half", large), Reference: 0, Source: "equilibrium", Value: drift, Error: driftErr, Tolerance: 0.012},
	}
	r.Notes = []string{
		fmt.Sprintf("straight lines in L^-omega and L^-(omega + 1/nu) through the %d sizes: chi^2 = %.1f and %.1f with %d degrees of freedom; errors include those of the exponents", len(all), u4.chi, tc.chi, len(all)-2),
		"tolerances: three published standard errors, of U4 and T_c joined by the slope of U4, of T_c and xi/L joined by that of xi/L",
		fmt.Sprintf("U4 of L = %d and %d meet at T = %s; lattices so small shift that by about 0.02", small, large, plusminus.Text(crossing, crossingErr)),
	}
	r.Figures = []report.Figure{all.figure(u4, tc)}
	return r, nil
}
