package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/rng"
	"lenz/models/spin"
	"lenz/train/report"
)

func glassTc() Experiment {
	return Experiment{
		Name: "spinglass-tc", Title: "Critical temperature of the cubic +-J spin glass from the correlation length of the overlap",
		Source: "Baity-Jesi et al. 2013 (Janus): T_c = 1.1019(29)", Run: runGlassTc,
	}
}

// runGlassTc samples pairs of replicas of many samples, 64 at a time, by parallel tempering, and finds where xi/L of two sizes meet.
// Corrections to scaling of sizes this small shift the crossing by some hundredths, which the tolerance leaves room for.
func runGlassTc(ctx context.Context, o Options) (*Result, error) {
	sizes, batches, sweeps := []int{6, 10}, []int{128, 48}, []int{6000, 24000}
	if o.Quick {
		sizes, batches, sweeps = []int{4, 8}, []int{40, 8}, []int{2000, 6000}
	}
	var ladder []float64
	for k := range 11 {
		ladder = append(ladder, 0.95+0.09*float64(k))
	}
	panel := report.Panel{X: report.Axis{Name: "temperature"}, Y: report.Axis{Name: "xi/L"}}
	var curves []sizeCurve
	for k, size := range sizes {
		c, err := glassLength(ctx, size, ladder, batches[k], sweeps[k], o.Seed)
		if err != nil {
			return nil, err
		}
		curves = append(curves, c)
		color := []report.Color{report.Green, report.Blue}[k]
		panel.Bands = append(panel.Bands, bars("", color, c.x, c.y, c.e))
		panel.Lines = append(panel.Lines, report.Line{Name: fmt.Sprintf("L = %d, %d samples", size, batches[k]*spin.Replicas), Color: color, X: c.x, Y: c.y, Dots: true})
		o.Say("L = %d: xi/L from %.4f +- %.4f to %.4f", size, c.y[0], c.e[0], c.y[len(c.y)-1])
	}
	at, e, err := crossing(curves[0], curves[1], 3, o.Seed)
	if err != nil {
		return nil, err
	}
	const reference = 1.1019
	panel.Marks = []report.Mark{{X: reference, Y: nan, Label: "Janus 1.1019"}}
	return &Result{
		Checks: []Check{{What: fmt.Sprintf("T_c, crossing of L = %d and %d", sizes[0], sizes[1]), Reference: reference, Source: "Baity-Jesi et al. 2013", Value: at, Error: e, Tolerance: 0.1}},
		Figures: []report.Figure{{Name: "glass", Title: "Correlation length of the overlap over the size", Panels: []report.Panel{panel},
			Caption: fmt.Sprintf("The curves meet at %.4f +- %.4f; sizes of the literature reach 40.", at, e)}},
	}, nil
}

// glassLength is xi/L of the mean over samples at each temperature; the error is that between batches of 64 samples.
func glassLength(ctx context.Context, size int, ladder []float64, batches, sweeps int, seed uint64) (sizeCurve, error) {
	out := sizeCurve{size: size, x: ladder}
	type sums struct{ q2, wave []float64 }
	found := make([]sums, batches)
	l, err := spin.NewLattice("cubic", size, false)
	if err != nil {
		return out, err
	}
	c, err := l.Ferromagnet(1, 0)
	if err != nil {
		return out, err
	}
	err = parallel(batches, func(b int) error {
		q2, wave, err := overlaps(ctx, c, ladder, sweeps, rng.New(seed, fmt.Sprintf("reproduce.glass %d", size)).Split(uint64(b)).At(0))
		found[b] = sums{q2, wave}
		return err
	})
	if err != nil {
		return out, err
	}
	for k := range ladder {
		length := func(skip int) float64 {
			q2, wave := 0.0, 0.0
			for b, s := range found {
				if b != skip {
					q2, wave = q2+s.q2[k], wave+s.wave[k]
				}
			}
			return math.Sqrt(math.Max(0, q2/wave-1)) / (2 * math.Sin(math.Pi/float64(size))) / float64(size)
		}
		whole, square := length(-1), 0.0
		for b := range found { // jackknife
			square += (length(b) - whole) * (length(b) - whole)
		}
		out.y, out.e = append(out.y, whole), append(out.e, math.Sqrt(square*float64(batches-1)/float64(batches)))
	}
	return out, nil
}

// overlaps measures <q^2> and <|q(k)|^2> of 64 samples at each temperature, over the second half of the sweeps.
func overlaps(ctx context.Context, c *spin.Coupling, ladder []float64, sweeps int, seed uint64) (q2, wave []float64, err error) {
	var replicas [2]*spin.Multispin
	for i := range replicas {
		if replicas[i], err = spin.NewMultispin(c, ladder, 5, rng.New(seed, "signs").Uint64, seed*2+uint64(i)); err != nil {
			return nil, nil, err
		}
	}
	q2, wave = make([]float64, len(ladder)), make([]float64, len(ladder))
	for done := 0; done < sweeps; done += 10 {
		for _, m := range replicas {
			if err := m.Sweep(ctx, 10); err != nil {
				return nil, nil, err
			}
		}
		if done < sweeps/2 {
			continue
		}
		for k := range ladder {
			o, err := replicas[0].Overlaps(replicas[1], k)
			if err != nil {
				return nil, nil, err
			}
			for r := range o.Q {
				q2[k] += o.Q[r] * o.Q[r]
				wave[k] += o.Wave[r]
			}
		}
	}
	return q2, wave, nil
}
