package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"image"
	_ "image/png"
	"io"
	"math"
	"os"
	"strconv"
	"testing"
	"time"
)

// sunspots reads the monthly series; the test is skipped where it is absent.
func sunspots(t *testing.T) (times []time.Time, values []float64) {
	t.Helper()
	f, err := os.Open("../../../shared/data/embed/sunspots_monthly.csv")
	if err != nil {
		t.Skip("the sunspot series is not here: ", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		at, err := time.Parse("2006-01", row[0])
		if err != nil {
			t.Fatal(err)
		}
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		times, values = append(times, at), append(values, v)
	}
	return times, values
}

// seasonal is a stand-in for a forecaster: last year's values, pulled towards their mean.
func seasonal(past []float64, h int, pull float64) []float64 {
	mean := 0.0
	for _, v := range past[len(past)-24:] {
		mean += v / 24
	}
	out := make([]float64, h)
	for i := range out {
		out[i] = pull*mean + (1-pull)*past[len(past)-12+i%12]
	}
	return out
}

func spread(mean []float64, size float64) (low, high []float64) {
	for i, v := range mean {
		w := size * math.Sqrt(float64(i+1))
		low, high = append(low, v-w), append(high, v+w)
	}
	return low, high
}

// realForecast is a forecast of the last year of the sunspots.
func realForecast(t *testing.T) Forecast {
	times, v := sunspots(t)
	const h = 12
	p := len(v) - h
	mean := seasonal(v[:p], h, 0.6)
	lo80, hi80 := spread(mean, 8)
	lo95, hi95 := spread(mean, 13)
	flat := make([]float64, h)
	for i := range flat {
		flat[i] = v[p-1]
	}
	return Forecast{Clock: Clock{Times: times, Name: "month"}, Targets: []Target{{
		Name: "sunspots", Unit: "sunspot number", History: v[:p], Truth: v[p:], Mean: mean,
		Intervals: []Interval{{0.8, lo80, hi80}, {0.95, lo95, hi95}},
		Baselines: []NamedLine{{"naive", flat}, {"seasonal naive", seasonal(v[:p], h, 0)}},
	}}}
}

func realBacktest(t *testing.T) Backtest {
	times, v := sunspots(t)
	const n, h = 480, 12
	from := len(v) - n
	target := BacktestTarget{Name: "sunspots", Unit: "sunspot number", Truth: v[from:]}
	for o := 0; o+h <= n; o++ {
		mean := seasonal(v[:from+o], h, 0.5)
		low, high := spread(mean, 9)
		target.Paths = append(target.Paths, Path{Start: o, Mean: mean, Low: low, High: high})
	}
	return Backtest{Clock: Clock{Times: times[from:], Name: "month"}, Targets: []BacktestTarget{target}}
}

func someLearning() Learning {
	l := Learning{Loss: "mean squared error (scaled)", Best: 31}
	for i := range 40 {
		e := float64(i)
		l.Train = append(l.Train, 0.08+1.4*math.Exp(-e/6)+0.004*math.Sin(5*e))
		l.Valid = append(l.Valid, 0.11+1.2*math.Exp(-e/6.5)+0.012*math.Sin(7*e)+0.0005*math.Max(0, e-31))
		l.Rate = append(l.Rate, 1e-3*(1+math.Cos(math.Pi*e/40))/2+1e-5)
	}
	return l
}

func someHorizon() Horizon {
	h := Horizon{Metric: "MAE (sunspot number)", Step: "month", Model: NamedLine{Name: "LSTM"},
		Baselines: []NamedLine{{Name: "naive"}, {Name: "seasonal naive"}, {Name: "ridge AR"}}}
	for i := range 12 {
		k := float64(i + 1)
		h.Model.Values = append(h.Model.Values, 13+0.7*k)
		for j, v := range []float64{13.5 + 1.1*k, 25 + 0.2*k, 12.9 + 0.9*k} {
			h.Baselines[j].Values = append(h.Baselines[j].Values, v)
		}
	}
	return h
}

// realFigures are the four pictures of a run.
func realFigures(t *testing.T) []Figure {
	var fs []Figure
	for _, d := range []interface{ Figure() (Figure, error) }{realForecast(t), realBacktest(t), someHorizon(), someLearning()} {
		f, err := d.Figure()
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	return fs
}

// fullPage has every part.
func fullPage(figures []Figure) Page {
	m := Compare("test part, 469 rolling origins, 12 months each",
		Scores{"LSTM", map[string]float64{"mae": 17.31, "mse": 551.2, "rmse": 23.48, "mase": 0.71, "rmsse": 0.69, "smape": 41.3, "crps": 12.4, "pinball": 6.21, "coverage_80": 0.783}},
		Scores{"naive", map[string]float64{"mae": 20.3, "mse": 803, "rmse": 28.34, "mase": 0.84, "rmsse": 0.83, "smape": 42.9}},
		Scores{"seasonal naive", map[string]float64{"mae": 28.9, "mse": 1433, "rmse": 37.85, "mase": 1.19, "rmsse": 1.12, "smape": 55.1}},
		Scores{"ridge AR", map[string]float64{"mae": 18.02, "mse": 571, "rmse": 23.9, "mase": 0.74, "rmsse": 0.7, "smape": 40.8, "crps": 13, "coverage_80": 0.85}})
	m.Note = "MASE and RMSSE are scaled by the seasonal naive error on the training part: below 1 is better than that."
	return Page{
		Title: "lstm-sunspots-1", Subtitle: "LSTM on monthly sunspots, 1749 to 1983: 132 months in, 12 months out",
		Status: Status{"stopped early", "Validation loss has not improved for 8 epochs.", true}, Verdict: m.Verdict("mae"),
		Numbers: []Number{{"Test MAE", "17.3", "sunspot number"}, {"Best epoch", "32 of 40", ""}, {"Validation loss", "0.1134", "MSE, scaled"},
			{"Parameters", "17 676", ""}, {"Time", "41.2 s", "2 cores"}, {"Gradient evaluations", "2 840", ""}},
		Warnings: []string{"The test part has higher cycles than any in the training part."},
		Metrics:  []Metrics{m}, Figures: figures,
		Groups: []Group{
			{Title: "Data", Pairs: []Pair{{"file", "embedded: sunspots_monthly"}, {"rows", "2 820, 1749-01 to 1983-12, monthly"}, {"missing", "0"}, {"split", "1 970 training, 370 validation, 480 test"}, {"scaling", "square root, then standard (fitted on training)"}, {"SHA-256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}},
			{Title: "Configuration", Pairs: []Pair{{"model", "lstm"}, {"hidden", "64"}, {"layers", "1"}, {"input", "132"}, {"horizon", "12"}, {"optimizer", "adam (rate 0.001, beta1 0.9, beta2 0.999)"}, {"schedule", "cosine, 40 epochs"}, {"batch", "32"}, {"seed", "1"}}},
			{Title: "Environment", Pairs: []Pair{{"lenz", "0.1.0"}, {"go", "go1.26.8 linux/amd64"}, {"gorgonia", "v0.9.18"}, {"kernels", "AVX2+FMA"}}},
		},
		Model: Model{Name: "LSTM forecaster", Note: "One readout for the whole horizon.", Parameters: 17676, Layers: []Layer{
			{"rnn.weight_ih_l0", "input weights, gates i f g o", []int{256, 1}, 256}, {"rnn.weight_hh_l0", "recurrent weights", []int{256, 64}, 16384},
			{"rnn.bias_ih_l0", "bias", []int{256}, 256}, {"head.weight", "readout", []int{12, 64}, 768}, {"head.bias", "readout", []int{12}, 12}}},
		Commands: []Command{{"The same bits again, on any number of cores:", "lenz train --config runs/lstm-sunspots-1/config.toml --out runs/again"}, {"Forecast from a newer file:", "lenz forecast runs/lstm-sunspots-1 --data newer.csv"}},
		Notes:    []string{"Intervals are split-conformal, calibrated on the validation part."},
	}
}

func TestFiguresOfARealSeriesAreWellFormed(t *testing.T) {
	for _, f := range realFigures(t) {
		var svg, png bytes.Buffer
		if err := f.SVG(&svg); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		for d := xml.NewDecoder(&svg); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
		if err := f.PNG(&png); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if c, _, err := image.DecodeConfig(&png); err != nil || c.Width != 1440 {
			t.Errorf("%s: picture %v wide, %v; want 1440", f.Name, c.Width, err)
		}
	}
}
