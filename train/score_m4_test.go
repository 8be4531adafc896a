package train

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"lenz/datasets"
)

// readM4 reads rows of "name, value, value, ..." of different lengths, and skips where the data is not.
func readM4(t *testing.T, name string) (names []string, rows [][]float64) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "shared", "data", "m4_hourly", name))
	if err != nil {
		t.Skipf("the data of the M4 competition is not here: %v", err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(unzipped)
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		var values []float64
		for _, f := range record[1:] {
			if f == "" {
				break
			}
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		names, rows = append(names, record[0]), append(rows, values)
	}
	return names, rows
}

// repeats forecasts that the last so many rows come again.
type repeats int

func (n repeats) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	p := datasets.Prediction{Mean: datasets.NewArray(48, b.B, 1)}
	for k := range b.B {
		for h := range 48 {
			p.Mean.Data[h*b.B+k] = b.X.At(b.T-int(n)+h%int(n), k, 0)
		}
	}
	return p, nil
}

// TestM4HourlyScoresArePublishedOnes forecasts the 414 hourly series of the M4 competition, whose organizers publish
// sMAPE and MASE (m = 24) of the naive forecasts to three digits ("Evaluation and Ranks.xlsx").
func TestM4HourlyScoresArePublishedOnes(t *testing.T) {
	names, past := readM4(t, "Hourly-train.csv.gz")
	_, future := readM4(t, "Hourly-test.csv.gz")
	var split datasets.Split
	for i, name := range names {
		s, err := datasets.NewSeries(name, []string{"y"}, [][]float64{append(past[i], future[i]...)})
		if err != nil {
			t.Fatal(err)
		}
		split.Parts[datasets.Train] = append(split.Parts[datasets.Train], datasets.Section{Series: s, From: 0, To: len(past[i])})
		split.Parts[datasets.Test] = append(split.Parts[datasets.Test], datasets.Section{Series: s, From: len(past[i]), To: s.Rows()})
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 24, Horizon: 48})
	if err != nil {
		t.Fatal(err)
	}
	spec := DefaultBacktest()
	spec.Period = 24
	r, err := Backtest(context.Background(), w, spec, Contender{"seasonal_naive", repeats(24)}, Contender{"naive", repeats(1)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]float64{{13.912, 1.193}, {43.003, 11.608}} {
		e := r.Entries[i]
		smape, mase := e.Scores.Value("smape"), e.Scores.Value("mase")
		if math.Abs(smape-want[0]) > 0.0005 || math.Abs(mase-want[1]) > 0.0005 {
			t.Errorf("%s: sMAPE %.4f, MASE %.4f, published are %v and %v", e.Name, smape, mase, want[0], want[1])
		}
	}
}
