package job

import (
	"fmt"
	"path/filepath"

	"lenz/internal/plusminus"
	"lenz/models/spin"
	"lenz/train/report"
)

// report draws what was sampled, and the page.
func (k *sampling) report(s *session, out *Outcome) error {
	figures, mosaics := []report.Figure{}, k.spins(s.Config.Model.Model)
	if len(out.Observables) > 1 && out.Observables[0].Measurements > 0 {
		figures = append(figures, observablesFigure(out.Observables, k.exact(s.Config)))
	}
	if m, ok := k.module.(*spin.Memory); ok {
		shown, err := m.Demonstrate(shownRecalls)
		if err != nil {
			return err
		}
		figures = append(figures, traceFigure(shown, s.Config.Model.Set["update"]))
		mosaics = k.recalls(shown)
	}
	course, err := courseFigure(s.dir.File(fileMetrics))
	if err != nil {
		return err
	}
	if len(course.Panels) > 0 {
		figures = append(figures, course)
	}
	if err := s.dir.SaveFigures(figures); err != nil {
		return err
	}
	for _, m := range mosaics {
		if err := m.Save(s.dir.File(m.Name + ".png")); err != nil {
			return err
		}
	}
	page, err := k.page(s, out, figures)
	if err != nil {
		return err
	}
	page.Mosaics = mosaics
	return page.Save(s.dir.File(fileReport))
}

// exact tells whether Onsager's solution holds for what is sampled.
func (k *sampling) exact(c *Config) bool {
	set := c.Model.Set
	return c.Model.Model == "ising" && set["lattice"] == "square" && set["open"] == "false" && set["coupling"] == "1" && set["field"] == "0"
}

// observablesFigure draws the means over the temperature with their errors, beside the exact ones of the infinite square lattice.
func observablesFigure(all []spin.Observables, exact bool) report.Figure {
	x := make([]float64, len(all))
	for i, o := range all {
		x[i] = o.Temperature
	}
	panel := func(name string, of func(spin.Observables) spin.Estimate, theory func(t float64) float64) report.Panel {
		p := report.Panel{X: report.Axis{Name: "temperature"}, Y: report.Axis{Name: name}}
		y, low, high := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
		for i, o := range all {
			e := of(o)
			y[i], low[i], high[i] = e.Value, e.Value-e.Error, e.Value+e.Error
		}
		if exact && theory != nil {
			p.Lines = append(p.Lines, report.Curve("exact, infinite lattice", report.Vermilion, x[0], x[len(x)-1], theory))
		}
		p.Bands = []report.Band{{Name: "one standard error", Color: report.Blue, X: x, Low: low, High: high}}
		p.Lines = append(p.Lines, report.Line{Name: "sampled", Color: report.Blue, X: x, Y: y, Dots: true})
		return p
	}
	f := report.Figure{Name: "observables", Title: "Observables by temperature", Panels: []report.Panel{
		panel("energy per spin", func(o spin.Observables) spin.Estimate { return o.Energy }, spin.SquareEnergy),
		panel("magnetization", func(o spin.Observables) spin.Estimate { return o.Magnetization }, spin.SquareMagnetization),
		panel("specific heat", func(o spin.Observables) spin.Estimate { return o.SpecificHeat }, nil),
		panel("Binder cumulant", func(o spin.Observables) spin.Estimate { return o.Binder }, nil),
	}}
	if all[0].Overlap != nil && !exact {
		f.Panels = append(f.Panels, panel("overlap |q|", func(o spin.Observables) spin.Estimate { return *o.Overlap }, nil))
	}
	if all[0].SwapRate != nil {
		rates := report.Panel{X: report.Axis{Name: "temperature"}, Y: report.Axis{Name: "share of exchanges", Zero: true}}
		line := report.Line{Name: "exchanges with the next temperature", Color: report.Green, Dots: true}
		for _, o := range all {
			if o.SwapRate != nil {
				line.X, line.Y = append(line.X, o.Temperature), append(line.Y, *o.SwapRate)
			}
		}
		rates.Lines = []report.Line{line}
		f.Panels = append(f.Panels, rates)
	}
	f.Caption = fmt.Sprintf("%d measurements at each temperature; the band is one standard error that knows the autocorrelation.", all[0].Measurements)
	return f
}

func (k *sampling) page(s *session, out *Outcome, figures []report.Figure) (report.Page, error) {
	run := out.Out
	p := report.Page{
		Title: filepath.Base(s.dir.Path), Subtitle: s.plan.what,
		Status:   report.Status{Name: string(out.Status), Reason: out.Reason, Good: true},
		Warnings: s.notes, Figures: figures,
		Commands: []report.Command{{What: "run it again, to the same bits", Line: fmt.Sprintf("lenz train --config %s", filepath.Join(run, fileConfig))},
			{What: "go on with it", Line: fmt.Sprintf("lenz train --resume %s --epochs %d", run, 2*out.Epochs)}},
	}
	number := func(name string, v string, note string) {
		p.Numbers = append(p.Numbers, report.Number{Label: name, Value: v, Note: note})
	}
	if out.BestCut != nil {
		number("Largest cut", fmt.Sprintf("%.10g", *out.BestCut), "weight between the two parts")
	}
	if out.BestEnergy != nil {
		number("Lowest energy", fmt.Sprintf("%.8g", *out.BestEnergy), fmt.Sprintf("%.6g a spin, after a descent from the lowest state that was sampled to the next local minimum", *out.BestEnergy/float64(len(out.State))))
	}
	if r := out.Recalls; r != nil {
		number("Overlap", signed(r.Overlap), "with the stored pattern")
		number("Recalled", signed(r.Recalled), fmt.Sprintf("share of %d recalls with an overlap above 0.9", r.Count))
	}
	number("Time", duration(out.Seconds), trained(out))
	for _, o := range out.Observables {
		if o.Measurements == 0 {
			break
		}
		p.Groups = append(p.Groups, observablesGroup(o))
	}
	groups, err := s.groups()
	p.Groups = append(p.Groups, groups...)
	return p, err
}

// signed is an estimate for a page.
func signed(e spin.Estimate) string { return plusminus.Sign(pm(e)) }

func observablesGroup(o spin.Observables) report.Group {
	g := report.Group{Title: fmt.Sprintf("Temperature %.6g", o.Temperature)}
	add := func(name string, e *spin.Estimate) {
		if e != nil {
			g.Pairs = append(g.Pairs, report.Pair{Name: name, Value: signed(*e)})
		}
	}
	add("energy per spin", &o.Energy)
	add("specific heat", &o.SpecificHeat)
	add("magnetization", &o.Magnetization)
	add("susceptibility", &o.Susceptibility)
	add("Binder cumulant", &o.Binder)
	add("correlation length (of a disordered phase)", o.Correlation)
	if o.TooLong {
		g.Pairs = append(g.Pairs, report.Pair{Name: "correlation length", Value: "left out: it exceeds half of the lattice's shortest side, as in an ordered phase, where it grows with the lattice"})
	}
	add("overlap", o.Overlap)
	add("Binder ratio of the overlap", o.OverlapBinder)
	g.Pairs = append(g.Pairs, report.Pair{Name: "autocorrelation time", Value: fmt.Sprintf("%.3g measurements", o.Energy.Tau)})
	return g
}
