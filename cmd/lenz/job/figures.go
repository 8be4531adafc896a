package job

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"lenz/datasets"
	"lenz/train"
	"lenz/train/report"
)

// mostPanels bounds the targets that a picture shows.
const mostPanels = 6

// view is a series of the test part with rolling forecasts of it, for pictures.
type view struct {
	section datasets.Section
	targets []string
	origins []int
	paths   [][]report.Path // [target][origin]
	others  []namedPaths
	several bool // the section is the first of several series
}

type namedPaths struct {
	name  string
	paths [][]report.Path
}

// look forecasts the first series of the test part from origins a horizon apart.
func look(ctx context.Context, t *Task, contenders []train.Contender) (*view, error) {
	horizon := t.Layout.Horizon
	section := t.Windows.Split().Parts[datasets.Test][0]
	stride := horizon * max(1, section.Rows()/horizon/200)
	source, err := t.Windows.Source(datasets.Test, datasets.SourceOptions{Stride: stride})
	if err != nil {
		return nil, err
	}
	v := &view{section: section, several: len(t.Windows.Split().Parts[datasets.Test]) > 1, targets: t.Layout.Targets[:min(mostPanels, len(t.Layout.Targets))]}
	paths := make([][][]report.Path, len(contenders)) // [contender][target][origin]
	for i := range paths {
		paths[i] = make([][]report.Path, len(v.targets))
	}
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		f, err := train.Together(ctx, b, contenders...)
		if err != nil {
			return nil, err
		}
		if f.Batch.B == 0 {
			continue
		}
		for i, p := range f.Predictions {
			if err := appendPaths(paths[i], t, f.Batch, p); err != nil {
				return nil, err
			}
		}
	}
	for i, c := range contenders[1:] {
		v.others = append(v.others, namedPaths{c.Name, paths[i+1]})
	}
	v.paths = paths[0]
	for _, p := range v.paths[0] {
		v.origins = append(v.origins, p.Start)
	}
	return v, nil
}

// appendPaths adds the forecasts of the first series' windows in a batch.
func appendPaths(paths [][]report.Path, t *Task, b datasets.Batch, pred datasets.Prediction) error {
	pred, err := pred.Invert(t.Windows.Scaler(), t.Layout.Targets)
	if err != nil {
		return err
	}
	intervals := datasets.Intervals(pred.Levels)
	for k := range b.B {
		if b.Series[k] != 0 {
			continue
		}
		for d := range paths {
			p := report.Path{Start: b.Origin[k]}
			for h := range t.Layout.Horizon {
				p.Mean = append(p.Mean, pred.Mean.At(h, k, d))
				if len(intervals) > 0 {
					p.Low = append(p.Low, pred.Quantiles.At(intervals[0].Lower, h, k, d))
					p.High = append(p.High, pred.Quantiles.At(intervals[0].Upper, h, k, d))
				}
			}
			paths[d] = append(paths[d], p)
		}
	}
	return nil
}

// title names a target, and the series where there are several.
func (v *view) title(target string) string {
	if v.several {
		return target + " of " + v.section.Series.Name
	}
	return target
}

// undrawn says that not all targets are drawn.
func undrawn(targets int) string {
	if targets <= mostPanels {
		return ""
	}
	return fmt.Sprintf(" The first %d of %d targets are drawn.", mostPanels, targets)
}

// clock gives rows from..to of a series their place in time.
func clock(s *datasets.Series, from, to int) report.Clock {
	c := report.Clock{First: from}
	if s.HasTime() {
		for r := from; r < to; r++ {
			c.Times = append(c.Times, s.Time(r))
		}
	}
	return c
}

// backtest is the picture of all rolling forecasts over the test part.
func (v *view) backtest(interval float64) (report.Figure, error) {
	b := report.Backtest{Clock: clock(v.section.Series, v.section.From, v.section.To), Level: interval}
	for d, name := range v.targets {
		values, err := v.section.Series.Column(name)
		if err != nil {
			return report.Figure{}, err
		}
		target := report.BacktestTarget{Name: v.title(name), Truth: values[v.section.From:v.section.To]}
		for _, p := range v.paths[d] {
			p.Start -= v.section.From
			target.Paths = append(target.Paths, p)
		}
		b.Targets = append(b.Targets, target)
	}
	return b.Figure()
}

// last is the picture of the last forecast that the test part has the truth for, with what the baselines said.
func (v *view) last(interval float64) (report.Figure, error) {
	i := len(v.origins) - 1
	origin, horizon := v.origins[i], len(v.paths[0][i].Mean)
	from := max(0, origin-max(6*horizon, 48))
	f := report.Forecast{Clock: clock(v.section.Series, from, origin+horizon), Recent: origin - from}
	for d, name := range v.targets {
		values, err := v.section.Series.Column(name)
		if err != nil {
			return report.Figure{}, err
		}
		p := v.paths[d][i]
		target := report.Target{Name: v.title(name), History: values[from:origin], Truth: values[origin : origin+horizon], Mean: p.Mean}
		if p.Low != nil {
			target.Intervals = []report.Interval{{Level: interval, Low: p.Low, High: p.High}}
		}
		for _, o := range v.others {
			target.Baselines = append(target.Baselines, report.NamedLine{Name: label(o.name), Values: o.paths[d][i].Mean})
		}
		f.Targets = append(f.Targets, target)
	}
	return f.Figure()
}

// horizonFigure is the picture of the error by forecast step.
func horizonFigure(t *Task, r *train.BacktestResult) (report.Figure, error) {
	mae := func(e train.BacktestEntry) report.NamedLine {
		l := report.NamedLine{Name: label(e.Name)}
		for _, s := range e.Steps {
			l.Values = append(l.Values, s.Value("mae"))
		}
		return l
	}
	h := report.Horizon{Metric: "mean absolute error", Step: stepName(t), Model: mae(r.Entries[0])}
	for _, e := range r.Entries[1:] {
		h.Baselines = append(h.Baselines, mae(e))
	}
	return h.Figure()
}

// stepName is what a row of the data is called.
func stepName(t *Task) string {
	names := map[string]string{"yearly": "year", "quarterly": "quarter", "monthly": "month", "weekly": "week", "daily": "day", "hourly": "hour"}
	if name, ok := names[t.Data.Series[0].Freq.String()]; ok {
		return name
	}
	return "step"
}

// learning is the picture of the losses.
func learning(c curve, best int) (report.Figure, error) {
	l := report.Learning{Loss: "loss (scaled units)", Epoch: c.epoch, Train: c.train, Best: slices.Index(c.epoch, best)}
	if slices.ContainsFunc(c.valid, finite) {
		l.Valid = c.valid
	}
	if slices.ContainsFunc(c.rate, finite) {
		l.Rate = c.rate
	}
	return l.Figure()
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// label is the name of a model for people.
func label(name string) string {
	switch name {
	case "seasonal_naive":
		return "seasonal naive"
	case "ridge_ar":
		return "ridge AR"
	case "lstm", "gru", "rnn":
		return strings.ToUpper(name)
	}
	return name
}
