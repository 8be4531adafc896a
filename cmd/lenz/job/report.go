package job

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lenz/datasets"
	"lenz/models"
	"lenz/train/report"
)

// report draws the pictures of a run and its page.
func (f *forecasting) report(ctx context.Context, s *session, p *models.Pipeline, test *Tested, out *Outcome) error {
	c, err := readCurve(s.dir.File(fileMetrics))
	if err != nil {
		return err
	}
	loss, err := learning(c, out.BestEpoch)
	if err != nil {
		return err
	}
	figures := []report.Figure{}
	if test.Backtest != nil && test.Windows > 0 {
		if figures, err = f.forecastFigures(ctx, p, test); err != nil {
			return err
		}
	}
	if len(c.epoch) > 1 { // one point is no curve
		figures = append(figures, loss)
	}
	if err := s.dir.SaveFigures(figures); err != nil {
		return err
	}
	page, err := f.page(s, test, out, figures)
	if err != nil {
		return err
	}
	return page.Save(s.dir.File(fileReport))
}

func (f *forecasting) forecastFigures(ctx context.Context, p *models.Pipeline, test *Tested) ([]report.Figure, error) {
	v, err := look(ctx, f.task, test.contenders)
	if err != nil {
		return nil, err
	}
	if len(v.origins) == 0 {
		return nil, nil // no forecast of those that a picture shows: the notes say why
	}
	last, err := v.last(widest(p))
	if err != nil {
		return nil, err
	}
	all, err := v.backtest(widest(p))
	if err != nil {
		return nil, err
	}
	last.Caption += undrawn(len(f.task.Layout.Targets))
	all.Caption += undrawn(len(f.task.Layout.Targets))
	steps, err := horizonFigure(f.task, test.Backtest)
	return []report.Figure{last, all, steps}, err
}

// widest is the coverage of the widest interval that a model gives.
func widest(p *models.Pipeline) float64 {
	if c := p.Spec.Conformal; c != nil {
		return c.Coverages[len(c.Coverages)-1]
	}
	var levels []float64
	for _, text := range strings.Split(p.Spec.Settings["levels"], ",") {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			levels = append(levels, v)
		}
	}
	if all := datasets.Intervals(levels); len(all) > 0 {
		return all[0].Coverage
	}
	return 0
}

func (f *forecasting) page(s *session, test *Tested, out *Outcome, figures []report.Figure) (report.Page, error) {
	p := report.Page{
		Title:    filepath.Base(s.dir.Path),
		Subtitle: fmt.Sprintf("%s on %s", label(out.Model), out.Data),
		Status:   report.Status{Name: string(out.Status), Reason: out.Reason, Good: true},
		Warnings: s.notes,
		Notes:    out.Remarks,
		Figures:  figures,
		Numbers:  numbers(out, test),
		Model:    report.Model{Name: label(out.Model), Parameters: out.Parameters},
	}
	for _, q := range f.model.Params().All() {
		p.Model.Layers = append(p.Model.Layers, report.Layer{Name: q.Name(), Shape: q.Shape(), Parameters: q.Size()})
	}
	table := compare(fmt.Sprintf("On the %s part", test.Part), test, out.Model)
	if test.Backtest != nil {
		table = compare(fmt.Sprintf("On the %s part, %d rolling origins", test.Part, test.Windows), test, out.Model)
		p.Verdict = table.Verdict("mae")
		p.Verdict.Text = forPeople(test.Verdict, out.Model)
	}
	p.Metrics = []report.Metrics{table}
	groups, err := f.groups(s, test)
	if err != nil {
		return p, err
	}
	p.Groups = groups
	run := out.Out
	p.Commands = []report.Command{
		{What: "forecast what comes next", Line: "lenz forecast " + run},
		{What: "measure it again", Line: "lenz evaluate " + run},
		{What: s.facts().again(), Line: fmt.Sprintf("lenz train --config %s", filepath.Join(run, fileConfig))},
	}
	return p, nil
}

// forPeople puts the names of a table's heads into a sentence.
func forPeople(sentence, model string) string {
	pairs := []string{model + " ", label(model) + " "}
	for _, name := range BaselineNames {
		pairs = append(pairs, name, label(name))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// compare lays scores beside those of the baselines.
func compare(title string, test *Tested, model string) report.Metrics {
	others := make([]report.Scores, 0, 3)
	for _, name := range BaselineNames {
		if scores, ok := test.Baselines[name]; ok {
			others = append(others, report.Scores{Name: label(name), Values: scores.Map()})
		}
	}
	return report.Compare(title, report.Scores{Name: label(model), Values: test.Scores.Map()}, others...)
}

func numbers(out *Outcome, test *Tested) []report.Number {
	n := []report.Number{}
	for _, name := range []string{"mae", "rmse", "mase", "accuracy"} {
		if v, ok := test.Scores.Get(name); ok {
			n = append(n, report.Number{Label: strings.ToUpper(name), Value: fmt.Sprintf("%.4g", v), Note: "on the " + test.Part + " part"})
		}
	}
	if v, ok := test.Scores.Get("coverage_80"); ok {
		n = append(n, report.Number{Label: "Coverage", Value: fmt.Sprintf("%.0f%%", 100*v), Note: "of the 80% intervals"})
	}
	return append(n,
		report.Number{Label: "Parameters", Value: fmt.Sprint(out.Parameters)},
		report.Number{Label: "Training", Value: duration(out.Seconds), Note: trained(out)},
	)
}

func duration(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(100 * time.Millisecond).String()
}

// groups are the tables of data, configuration and environment.
func (f *forecasting) groups(s *session, test *Tested) ([]report.Group, error) {
	data := report.Group{Title: "Data"}
	add := func(g *report.Group, name, format string, args ...any) {
		g.Pairs = append(g.Pairs, report.Pair{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	info := f.task.Data.Info
	if info.Description != "" {
		add(&data, "what", "%s", info.Description)
		add(&data, "source", "%s", info.Source)
		add(&data, "licence", "%s", info.Licence)
	}
	if w := f.task.Windows; w != nil {
		first := f.task.Data.Series[0]
		add(&data, "series", "%d", len(f.task.Data.Series))
		add(&data, "rows", "%d, %s to %s, %s", first.Rows(), first.Label(0), first.Label(first.Rows()-1), first.Freq)
		add(&data, "targets", "%s", strings.Join(f.task.Layout.Targets, ", "))
		add(&data, "inputs", "%s", strings.Join(f.task.Layout.Inputs, ", "))
		for part, sections := range w.Split().Parts {
			if len(sections) > 0 && sections[0].Rows() > 0 {
				add(&data, datasets.Part(part).String(), "%s to %s", sections[0].Series.Label(sections[0].From), sections[0].Series.Label(sections[0].To-1))
			}
		}
	}
	for _, r := range test.Ridge {
		add(&data, "ridge AR of "+strings.Join(r.Targets, ", "), "%d lags, ridge %g, chosen by %s; condition number %.2g", r.Lags, r.Ridge, r.Criterion, r.Condition)
	}
	for _, name := range sortedKeys(f.task.Data.Checksums) {
		add(&data, "SHA-256 of "+name, "%s", f.task.Data.Checksums[name])
	}
	rest, err := s.groups()
	return append([]report.Group{data}, rest...), err
}

// groups are the tables of configuration and environment, which every kind has.
func (s *session) groups() ([]report.Group, error) {
	add := func(g *report.Group, name, format string, args ...any) {
		g.Pairs = append(g.Pairs, report.Pair{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	options, err := s.Config.Options()
	if err != nil {
		return nil, err
	}
	config := report.Group{Title: "Configuration"}
	for _, o := range options {
		if !o.Map && s.kind.uses(o.Name) && o.Value != "" {
			add(&config, o.Name, "%s", o.Value)
		}
	}
	model := report.Group{Title: "Model settings"}
	for _, k := range sortedKeys(s.Config.Model.Set) {
		add(&model, k, "%s", s.Config.Model.Set[k])
	}
	env := report.Group{Title: "Environment"}
	f := s.facts()
	add(&env, "lenz", "%s", f.Version)
	add(&env, "go", "%s", f.Go)
	for _, k := range sortedKeys(f.Modules) {
		add(&env, k, "%s", f.Modules[k])
	}
	return []report.Group{config, model, env}, nil
}

// trained tells how long a run was.
func trained(out *Outcome) string {
	epochs, steps := "epochs", "steps"
	if out.Epochs == 1 {
		epochs = "epoch"
	}
	if out.Steps == 1 {
		steps = "step"
	}
	return fmt.Sprintf("%d %s, %d %s", out.Epochs, epochs, out.Steps, steps)
}
