package reproduce

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lenz/datasets"
	"lenz/internal/plusminus"
	"lenz/models/spin"
	"lenz/train/chaos"
	"lenz/train/report"
)

func glassGroundState() Experiment {
	return Experiment{
		Name: "spinglass-groundstate", Title: "Ground-state energy of the Sherrington-Kirkpatrick spin glass; best known values of instances",
		Source: "Parisi 1980, Crisanti and Rizzo 2002: -0.76321 a spin for N to infinity; Biq Mac library, G-set",
		Run:    runGroundState,
	}
}

// skEnergy is the ground-state energy per spin for large N (Crisanti and Rizzo 2002).
const skEnergy = -0.76321

// runGroundState finds ground states of samples of growing size and fits e(N) = e + a N^(-2/3), the form that numerics and theory agree on
// (Palassini 2003, Boettcher 2005).
func runGroundState(ctx context.Context, o Options) (*Result, error) {
	sizes, samples := []int{24, 40, 64, 100}, []int{16000, 10000, 6000, 3000}
	if o.Quick {
		samples = []int{4000, 2500, 1500, 700}
	}
	s := sizeCurve{}
	r := &Result{}
	for k, size := range sizes {
		energy, e, err := groundStates(ctx, size, samples[k], o.Seed)
		if err != nil {
			return nil, err
		}
		s.x, s.y, s.e = append(s.x, math.Pow(float64(size), -2.0/3)), append(s.y, energy), append(s.e, e)
		o.Say("N = %d: %s a spin over %d samples", size, plusminus.Text(energy, e), samples[k])
	}
	fit, err := s.polynomial(s.y, 1, 0)
	if err != nil {
		return nil, err
	}
	r.Checks = []Check{{What: "energy per spin for N to infinity", Reference: skEnergy, Source: "Crisanti and Rizzo 2002", Value: fit[0], Error: s.intercept(), Tolerance: 0.01}}
	r.Figures = []report.Figure{{
		Name: "groundstate", Title: "Ground states of the Sherrington-Kirkpatrick glass",
		Caption: fmt.Sprintf("Means over samples, and the fit e + a N^(-2/3): e = %s, a = %.3f; published %.5f.", plusminus.Text(fit[0], s.intercept()), fit[1], skEnergy),
		Panels: []report.Panel{{X: report.Axis{Name: "N^(-2/3)", Zero: true}, Y: report.Axis{Name: "energy per spin"},
			Bands: []report.Band{bars("one standard error", report.Blue, s.x, s.y, s.e)},
			Lines: []report.Line{
				report.Curve("fit", report.Vermilion, 0, s.x[0], func(x float64) float64 { return valueOf(fit, x) }),
				{Name: "found", Color: report.Blue, X: s.x, Y: s.y, Dots: true},
			},
			Marks: []report.Mark{{X: 0, Y: skEnergy, Label: "published"}}}},
	}}
	if !o.Quick {
		if err := instances(ctx, o, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// intercept is the standard error of a line's value at 0, by the errors of the points.
func (s sizeCurve) intercept() float64 {
	var w, wx, wxx float64
	for i, x := range s.x {
		q := 1 / (s.e[i] * s.e[i])
		w, wx, wxx = w+q, wx+q*x, wxx+q*x*x
	}
	return math.Sqrt(wxx / (w*wxx - wx*wx))
}

// groundStates is the mean ground-state energy per spin of samples, and its standard error.
func groundStates(ctx context.Context, size, samples int, seed uint64) (mean, e float64, err error) {
	energies := make([]float64, samples)
	err = parallel(ctx, samples, func(i int) error {
		c, err := spin.SherringtonKirkpatrick(size, seed*1000003+uint64(i))
		if err != nil {
			return err
		}
		o := spin.DefaultSearch()
		o.Sweeps, o.Starts, o.Ladder, o.Copies = 10*size, 1, 12, 1
		_, e, err := spin.GroundStateSearch(ctx, c, o)
		energies[i] = e / float64(size)
		return err
	})
	mean, e = chaos.MeanError(energies)
	return mean, e, err
}

// instances searches the ground states of the files in a folder, beside their best known cuts.
func instances(ctx context.Context, o Options, r *Result) error {
	if o.Instances == "" {
		r.Notes = append(r.Notes, "no instances are searched: --instances names a folder of them with a best_known.csv (columns instance, best_known_cut)")
		return nil
	}
	f, err := os.Open(filepath.Join(o.Instances, "best_known.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	r.Rows = []string{fmt.Sprintf("%-20s %6s %14s %14s %9s %9s", "instance", "spins", "best known", "reached", "gap, %", "seconds")}
	for _, row := range rows[min(1, len(rows)):] {
		if len(row) < 2 {
			return fmt.Errorf("%s: want the columns instance and best_known_cut", f.Name())
		}
		best, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return fmt.Errorf("%s: the best known cut of %s is %q", f.Name(), row[0], row[1])
		}
		files, err := filepath.Glob(filepath.Join(o.Instances, row[0]+".txt*"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s names %s, but there is no such file beside it", f.Name(), row[0])
		}
		if err := r.instance(ctx, o, row[0], files[0], best); err != nil {
			return err
		}
		o.Say("%s", r.Rows[len(r.Rows)-1])
	}
	return nil
}

func (r *Result) instance(ctx context.Context, o Options, name, path string, best float64) error {
	instance, err := datasets.ReadSpins(path)
	if err != nil {
		return err
	}
	c, err := spin.FromInstance(instance)
	if err != nil {
		return err
	}
	search := spin.DefaultSearch()
	search.Seed = o.Seed
	tolerance := 0.0 // best known values of small instances are reached
	if instance.Spins > 400 {
		tolerance = 0.1
		search.Sweeps, search.Starts = 16_000_000/instance.Spins, 4
	}
	search.Found = func(_ int, e float64) bool { return (instance.Total()-e)/2 >= best }
	began := time.Now()
	state, _, err := spin.GroundStateSearch(ctx, c, search)
	if err != nil {
		return err
	}
	cut := spin.Cut(instance, state)
	gap := 100 * (best - cut) / math.Abs(best)
	r.Rows = append(r.Rows, fmt.Sprintf("%-20s %6d %14.10g %14.10g %9.3f %9.1f", name, instance.Spins, best, cut, gap, time.Since(began).Seconds()))
	r.Checks = append(r.Checks, Check{What: "gap of " + name + ", %", Reference: 0, Source: "best known cut", Value: math.Max(0, gap), Tolerance: tolerance})
	return nil
}
