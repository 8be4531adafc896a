package reproduce

import (
	"context"
	"fmt"
	"math"

	"lenz/internal/plusminus"
	"lenz/internal/rng"
	"lenz/models/spin"
	"lenz/train/chaos"
	"lenz/train/report"
)

func hopfieldCapacity() Experiment {
	return Experiment{
		Name: "hopfield-capacity", Title: "Load at which a Hopfield network forgets",
		Source: "Amit, Gutfreund and Sompolinsky 1985: alpha_c = 0.138", Run: runCapacity,
	}
}

// runCapacity recalls stored patterns from themselves, at temperature 0. The share that stays (overlap above 0.9) rises with N below the
// capacity and falls above it: the curves of two sizes meet there.
func runCapacity(ctx context.Context, o Options) (*Result, error) {
	sizes, networks, recalls := []int{1500, 5000}, []int{80, 16}, 50
	if o.Quick {
		sizes, networks = []int{1000, 2500}, []int{40, 12}
	}
	loads := []float64{0.132, 0.137, 0.142, 0.147, 0.152}
	var curves []sizeCurve
	panel := report.Panel{X: report.Axis{Name: "load alpha = P/N"}, Y: report.Axis{Name: "share of patterns that stay", Zero: true}}
	for k, n := range sizes {
		c := sizeCurve{size: n}
		for _, load := range loads {
			share, e, err := kept(ctx, n, int(math.Round(load*float64(n))), networks[k], recalls, o.Seed)
			if err != nil {
				return nil, err
			}
			c.x, c.y, c.e = append(c.x, load), append(c.y, share), append(c.e, math.Max(e, 1/float64(networks[k]*recalls)))
			o.Say("N = %d, alpha = %.3f: %s stay", n, load, plusminus.Text(share, e))
		}
		curves = append(curves, c)
		color := []report.Color{report.Green, report.Blue}[k]
		panel.Bands = append(panel.Bands, bars("", color, c.x, c.y, c.e))
		panel.Lines = append(panel.Lines, report.Line{Name: fmt.Sprintf("N = %d", n), Color: color, X: c.x, Y: c.y, Dots: true})
	}
	at, e, err := crossing(curves[0], curves[1], 2, o.Seed)
	if err != nil {
		return nil, err
	}
	panel.Marks = []report.Mark{{X: spin.Capacity, Y: nan, Label: "mean field 0.138"}}
	return &Result{
		Checks: []Check{{What: "alpha_c", Reference: spin.Capacity, Source: "Amit, Gutfreund, Sompolinsky 1985", Value: at, Error: e, Tolerance: 0.01}},
		Figures: []report.Figure{{Name: "capacity", Title: "Patterns that stay when a network recalls them", Panels: []report.Panel{panel},
			Caption: fmt.Sprintf("A larger network keeps more below the capacity and less above it; the curves meet at %s.", plusminus.Text(at, e))}},
	}, nil
}

// kept is the share of stored patterns that recall leaves at an overlap above 0.9; the error is that between networks.
func kept(ctx context.Context, n, p, networks, recalls int, seed uint64) (mean, e float64, err error) {
	share := make([]float64, networks)
	err = parallel(ctx, networks, func(k int) error {
		h, r, err := network(n, p, seed, k)
		if err != nil {
			return err
		}
		for _, x := range h.Patterns()[:recalls] {
			out, err := h.Recall(x, spin.RecallOptions{Update: spin.Asynchronous, Sweeps: 300}, r)
			if err != nil {
				return err
			}
			if overlap(x, out.State) > 0.9 {
				share[k] += 1 / float64(recalls)
			}
		}
		return nil
	})
	mean, e = chaos.MeanError(share)
	return mean, e, err
}

// network stores p random patterns, those of number k.
func network(n, p int, seed uint64, k int) (*spin.Network, *rng.Fast, error) {
	r := rng.NewFast(rng.New(seed, fmt.Sprintf("reproduce.hopfield %d %d", n, p)).Split(uint64(k)))
	h, err := spin.Store("hebbian", spin.RandomPatterns(p, n, r), nil)
	return h, r, err
}

// overlap is the mean of s t.
func overlap(s, t []int8) float64 {
	q := 0
	for i, v := range s {
		q += int(v * t[i])
	}
	return float64(q) / float64(len(s))
}

func hopfieldRecall() Experiment {
	return Experiment{
		Name: "hopfield-recall", Title: "Errors of a Hopfield network after one step, and its overlap at the capacity",
		Source: "Hertz, Krogh and Palmer 1991, equation 2.20; Amit, Gutfreund and Sompolinsky 1985", Run: runRecall,
	}
}

func runRecall(ctx context.Context, o Options) (*Result, error) {
	n, networks := 3000, 16
	if o.Quick {
		n, networks = 1500, 8
	}
	loads := []float64{0.06, 0.09, 0.12, spin.Capacity, 0.17, 0.22}
	var wrong, wrongErr, stay, stayErr, meanField []float64
	for _, load := range loads {
		bits, q := make([]float64, networks), make([]float64, networks)
		err := parallel(ctx, networks, func(k int) error {
			var err error
			bits[k], q[k], err = recall(n, int(math.Round(load*float64(n))), o.Seed, k)
			return err
		})
		if err != nil {
			return nil, err
		}
		b, bErr := chaos.MeanError(bits)
		m, mErr := chaos.MeanError(q)
		wrong, wrongErr, stay, stayErr = append(wrong, b), append(wrongErr, bErr), append(stay, m), append(stayErr, mErr)
		theory, ok := spin.MeanFieldOverlap(load)
		if !ok {
			theory = nan
		}
		meanField = append(meanField, theory)
		overlap := fmt.Sprintf("overlap %.4f", m)
		if math.IsNaN(m) {
			overlap = "nothing is retrieved"
		}
		o.Say("alpha = %.3f: %s of the bits wrong after a step (theory %.3g), %s", load, plusminus.Text(b, bErr), spin.StepError(load), overlap)
	}
	at := 3 // the capacity
	r := &Result{Checks: []Check{
		{What: "share of wrong bits after one step at alpha = 0.138", Reference: spin.StepError(spin.Capacity), Source: "erfc(1/sqrt(2 alpha))/2", Value: wrong[at], Error: wrongErr[at], Tolerance: 0.00025},
		{What: "overlap of what is retrieved at alpha = 0.138", Reference: 0.97, Source: "Amit, Gutfreund, Sompolinsky 1985", Value: stay[at], Error: stayErr[at], Tolerance: 0.02},
	}}
	r.Figures = []report.Figure{{Name: "recall", Title: "Recall of stored patterns by load", Caption: "One step from a stored pattern makes the errors of a Gaussian field; the overlap after many steps is that of the states that stay near the pattern.",
		Panels: []report.Panel{
			{X: report.Axis{Name: "load alpha = P/N"}, Y: report.Axis{Name: "share of wrong bits", Log: true},
				Bands: []report.Band{bars("one standard error", report.Blue, loads, wrong, wrongErr)},
				Lines: []report.Line{report.Curve("theory", report.Vermilion, loads[0], loads[len(loads)-1], spin.StepError), {Name: "found", Color: report.Blue, X: loads, Y: wrong, Dots: true}}},
			{X: report.Axis{Name: "load alpha = P/N"}, Y: report.Axis{Name: "overlap of what is retrieved"},
				Bands: []report.Band{bars("one standard error", report.Blue, loads[:at+1], stay[:at+1], stayErr[:at+1])},
				Lines: []report.Line{{Name: "theory", Color: report.Vermilion, X: loads[:at], Y: meanField[:at]}, {Name: "found", Color: report.Blue, X: loads[:at+1], Y: stay[:at+1], Dots: true}}},
		}}}
	return r, nil
}

// recall returns the share of wrong bits one step after the stored patterns, and the mean overlap after a full recall of those that stay
// near them.
func recall(n, p int, seed uint64, k int) (wrong, stay float64, err error) {
	h, r, err := network(n, p, seed, k)
	if err != nil {
		return 0, 0, err
	}
	near := 0.0
	for i, x := range h.Patterns() {
		one, err := h.Recall(x, spin.RecallOptions{Update: spin.Synchronous, Sweeps: 1}, r)
		if err != nil {
			return 0, 0, err
		}
		wrong += (1 - overlap(x, one.State)) / 2 / float64(p)
		if i >= 40 {
			continue
		}
		full, err := h.Recall(x, spin.RecallOptions{Update: spin.Asynchronous, Sweeps: 300}, r)
		if err != nil {
			return 0, 0, err
		}
		if q := overlap(x, full.State); q > 0.9 {
			near++
			stay += q
		}
	}
	if near == 0 {
		return wrong, nan, nil
	}
	return wrong, stay / near, nil
}
