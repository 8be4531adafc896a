package job

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models"
	"lenz/train/report"
)

// ForecastRequest is one call of lenz forecast.
type ForecastRequest struct {
	Run    string
	Data   string // newer file; "" goes on from the end of the training data
	Future string // file with known columns at the forecast steps
}

// Forecasts are those of each series, and a picture of the first.
type Forecasts struct {
	Forecasts []models.Forecast
	Figure    report.Figure
	Notes     []string
}

// Forecast loads the best weights of a run and forecasts.
func Forecast(ctx context.Context, r ForecastRequest) (*Forecasts, error) {
	c, err := forecasterOf(r.Run)
	if err != nil {
		return nil, err
	}
	p, err := loadBest(ctx, r.Run)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if p.Spec.Layout.Kind != datasets.Forecast {
		return nil, fmt.Errorf("%s was trained on labels (%v): there is nothing to forecast", r.Run, p.Spec.Layout.Kind)
	}
	out := &Forecasts{}
	series, err := r.series(c, p, out)
	if err != nil {
		return nil, err
	}
	var future []*datasets.Series
	if r.Future != "" && len(c.Data.Known) == 0 {
		return nil, fmt.Errorf("--future %s: the model was trained without --known columns, so it has no use for their future; leave --future out", r.Future)
	}
	if r.Future != "" {
		c.Data.Columns = nil
		if future, err = ReadSeries(&c.Data, r.Future); err != nil {
			return nil, err
		}
		for i, s := range future {
			if future[i], err = Pick(s, c.Data.Known, c.Data.Known, datasets.Refuse); err != nil {
				return nil, err
			}
		}
	} else if len(c.Data.Known) > 0 {
		return nil, fmt.Errorf("the model knows the future of %v: give their %d rows after the end with --future FILE", c.Data.Known, p.Spec.Layout.Horizon)
	}
	if out.Forecasts, err = p.ForecastKnown(ctx, series, future); err != nil {
		return nil, err
	}
	out.Figure, err = futureFigure(p, series, out.Forecasts[0])
	return out, err
}

// series reads the newer file, or takes the end of the training data.
func (r ForecastRequest) series(c *Config, p *models.Pipeline, out *Forecasts) ([]*datasets.Series, error) {
	var list []*datasets.Series
	if r.Data == "" {
		for _, h := range p.Spec.History {
			s, err := h.Series()
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
		return list, nil
	}
	list, err := ReadSeries(&c.Data, r.Data)
	if err != nil {
		return nil, err
	}
	columns := p.Spec.History[0].Columns
	for i, s := range list {
		out.Notes = append(out.Notes, s.Notes...)
		if list[i], err = Pick(s, columns, columns, datasets.MissingPolicy(c.Data.Missing)); err != nil {
			return nil, fmt.Errorf("%w (the model was trained with the columns %v)", err, columns)
		}
	}
	return list, nil
}

// futureFigure draws the end of the first series and its forecast.
func futureFigure(p *models.Pipeline, series []*datasets.Series, f models.Forecast) (report.Figure, error) {
	s, horizon := series[0], len(f.Mean)
	from := max(0, s.Rows()-max(6*horizon, 48))
	picture := report.Forecast{Clock: clock(s, from, s.Rows()+horizon), Recent: s.Rows() - from}
	picture.Clock.First += s.Number()
	for d, name := range f.Columns[:min(mostPanels, len(f.Columns))] {
		values, err := s.Column(name)
		if err != nil {
			return report.Figure{}, err
		}
		column := func(rows [][]float64) []float64 {
			out := make([]float64, len(rows))
			for h, row := range rows {
				out[h] = row[d]
			}
			return out
		}
		title := name
		if len(series) > 1 {
			title += " of " + s.Name
		}
		t := report.Target{Name: title, History: values[from:], Mean: column(f.Mean)}
		for _, i := range datasets.Intervals(f.Levels) {
			t.Intervals = append(t.Intervals, report.Interval{Level: i.Coverage, Low: column(f.Quantiles[i.Lower]), High: column(f.Quantiles[i.Upper])})
		}
		picture.Targets = append(picture.Targets, t)
	}
	figure, err := picture.Figure()
	figure.Caption += undrawn(len(f.Columns))
	return figure, err
}
