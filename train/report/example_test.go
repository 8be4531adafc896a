package report_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"

	"lenz/train/report"
)

// The four pictures of a run are made alike: describe, turn into a figure, write.
func ExampleLearning_Figure() {
	f, err := report.Learning{
		Loss:  "mean squared error",
		Train: []float64{1.2, 0.4, 0.2, 0.1},
		Valid: []float64{1.3, 0.5, 0.3, 0.4},
		Best:  2,
	}.Figure()
	if err != nil {
		fmt.Println(err)
		return
	}
	var svg, png bytes.Buffer
	fmt.Println(f.SVG(&svg), f.PNG(&png))
	fmt.Println(f.Caption)
	// Output:
	// <nil> <nil>
	// Validation loss over 4 epochs. The weights of epoch 3, with 0.3000, were kept. The axis of the loss is logarithmic.
}

func ExampleForecast_Figure() {
	f, err := report.Forecast{Targets: []report.Target{{
		Name: "load", Unit: "MW",
		History:   []float64{3, 4, 5, 4, 3, 4},
		Truth:     []float64{5, 4},
		Mean:      []float64{4.5, 4.5},
		Intervals: []report.Interval{{Level: 0.8, Low: []float64{4, 3}, High: []float64{6, 6}}},
		Baselines: []report.NamedLine{{Name: "naive", Values: []float64{4, 4}}},
	}}}.Figure()
	fmt.Println(f.Title, err)
	fmt.Println(f.Caption)
	// Output:
	// Forecast of load <nil>
	// 2 steps ahead. Mean absolute error here: 0.5000 MW. 2 of 2 values lie in the 80 % interval.
}

func ExampleBacktest_Figure() {
	f, err := report.Backtest{Targets: []report.BacktestTarget{{
		Name:  "load",
		Truth: []float64{3, 4, 5, 4, 3, 4},
		Paths: []report.Path{{Start: 0, Mean: []float64{3, 3}}, {Start: 1, Mean: []float64{4, 4}}, {Start: 2, Mean: []float64{5, 5}}},
	}}}.Figure()
	fmt.Println(f.Caption, err)
	// Output:
	// 2 of 3 forecasts, chosen so that they do not overlap; each was made with the data before it only. <nil>
}

func ExampleHorizon_Figure() {
	f, err := report.Horizon{
		Metric: "MAE (MW)", Step: "hour",
		Model:     report.NamedLine{Name: "LSTM", Values: []float64{1, 2, 4}},
		Baselines: []report.NamedLine{{Name: "naive", Values: []float64{1.5, 2.5, 3.5}}},
	}.Figure()
	fmt.Println(f.Caption, err)
	// Output:
	// LSTM has the smallest error at 2 of 3 hours. <nil>
}

// A picture of anything else is a Figure made by hand.
func ExampleFigure() {
	x, y := make([]float64, 50), make([]float64, 50)
	for i := range x {
		x[i], y[i] = float64(i), math.Exp(-float64(i)/10)
	}
	f := report.Figure{Name: "memory", Title: "Memory of the reservoir", Panels: []report.Panel{{
		X:     report.Axis{Name: "delay", Whole: true},
		Y:     report.Axis{Name: "capacity", Zero: true},
		Lines: []report.Line{{Name: "ESN", Color: report.Blue, X: x, Y: y}},
	}}}
	if err := f.Text(os.Stdout, report.TextOptions{Width: 40, Height: 10, ASCII: true}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1.0|o
	//    | o
	//    |  oo
	//    |   oo
	// 0.5|     oo
	//    |       ooo
	//    |          ooooo
	//   0|               oooooooooooooooooooo
	//     0     10     20     30     40
	// o ESN
}

func ExampleCompare() {
	m := report.Compare("test part",
		report.Scores{Name: "LSTM", Values: map[string]float64{"mae": 17.3, "coverage_80": 0.78}},
		report.Scores{Name: "naive", Values: map[string]float64{"mae": 20.3}},
		report.Scores{Name: "ridge AR", Values: map[string]float64{"mae": 18.0, "coverage_80": 0.85}})
	for _, row := range m.Rows {
		fmt.Println(row.Label, row.Values, "best:", row.Best())
	}
	fmt.Println(m.Verdict("mae").Text)
	// Output:
	// MAE [17.3 20.3 18] best: [0]
	// Coverage, 80 % [0.78 NaN 0.85] best: [0]
	// LSTM beats all 2 baselines: MAE 17.30 against 18.00 of ridge AR (3.9 % less).
}

func ExamplePage() {
	var page strings.Builder
	err := report.Page{
		Title:   "lstm-sunspots",
		Status:  report.Status{Name: "completed", Good: true},
		Numbers: []report.Number{{Label: "Test MAE", Value: "17.3"}},
	}.Write(&page)
	fmt.Println(err, strings.Contains(page.String(), "<title>lstm-sunspots</title>"))
	// Output: <nil> true
}

func ExampleSparkline() {
	fmt.Println(report.Sparkline([]float64{1, 2, 4, 8, 6, 3, math.NaN(), 1}, 40))
	// Output: ▁▂▄█▆▃ ▁
}
