package report

import "time"

// Learning is the course of training: one value an epoch. Figure draws it as "loss".
type Learning struct {
	Loss  string    // name of the loss with its unit, such as "mean squared error (scaled)"
	Epoch []int     // [N] number of each epoch; nil = 1 to N
	Train []float64 // [N] loss on the training part
	Valid []float64 // [N] loss on the validation part; nil = none
	Rate  []float64 // [N] learning rate, drawn as a strip below; nil = none
	Best  int       // index (from 0) of the epoch whose weights were kept; negative = none
}

// Clock gives the rows of a series their place on the time axis.
type Clock struct {
	Times []time.Time // time of each row; nil = rows are counted
	First int         // number of the first row, where they are counted
	Name  string      // name of the axis; empty = "time" or "row"
}

// Forecast is a forecast from one origin. Figure draws it as "forecast", a panel for each target.
type Forecast struct {
	Clock   Clock    // of P+H rows: history, then horizon
	Targets []Target // all with the same P and H
	Recent  int      // draw only so many rows of history; 0 = four horizons, at least 48
}

// Target is one forecast column, in the units of the data.
type Target struct {
	Name, Unit string
	History    []float64   // [P] what was observed before the origin
	Truth      []float64   // [H] what came; nil = not known
	Mean       []float64   // [H] the forecast: mean or median
	Intervals  []Interval  // prediction intervals, in any order
	Baselines  []NamedLine // [H] each
}

// Interval is a prediction interval.
type Interval struct {
	Level     float64   // probability inside, such as 0.8
	Low, High []float64 // [H]
}

// NamedLine is a sequence of values with a name.
type NamedLine struct {
	Name   string
	Values []float64
}

// Backtest holds rolling forecasts over the test part. Figure draws as many as fit without overlap.
type Backtest struct {
	Clock   Clock // of N rows
	Targets []BacktestTarget
	Level   float64 // probability inside the paths' intervals, such as 0.95; 0 = not said
}

// BacktestTarget is the truth of one column and the forecasts of it.
type BacktestTarget struct {
	Name, Unit string
	Truth      []float64 // [N]
	Paths      []Path
}

// Path is one of the rolling forecasts.
type Path struct {
	Start     int       // row (of the N) of its first step
	Mean      []float64 // [H]
	Low, High []float64 // [H] an interval; nil = none
}

// Horizon is the error by forecast step, averaged over origins. Figure draws it as "horizon".
type Horizon struct {
	Metric    string      // name of the metric with its unit, such as "MAE (sunspots)"
	Step      string      // name of a step: "month", "hour"; empty = "step"
	Model     NamedLine   // [H]
	Baselines []NamedLine // [H] each
}
