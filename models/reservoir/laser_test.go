package reservoir

import (
	"context"
	"os"
	"testing"

	"lenz/datasets"
)

// The far-infrared laser of the Santa Fe competition (set A with its continuation), one step ahead: 200 units of default settings learn most of what
// a linear autoregression cannot. The file has no licence to be copied, and is read where it lies.
func TestSantaFeLaser(t *testing.T) {
	const path = "../../../shared/data/santafe_laser/santafe_laser.txt"
	if _, err := os.Stat(path); err != nil {
		t.Skip("the shared data are not here")
	}
	series, err := datasets.ReadFile(path, datasets.CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := datasets.ParseSplit("2000,500,3000")
	if err != nil {
		t.Fatal(err)
	}
	w := cut(t, series, spec, datasets.WindowSpec{Input: 60, Horizon: 1, Batch: 500})
	config := DefaultEchoState()
	config.Units = 200
	m := learn(t, func() *Model {
		m, err := config.New(w.Layout(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}, w, 2048, false)
	source, err := w.Source(datasets.Test, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var squared, sum, squares, n float64
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		loss, weight, err := m.Loss(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		squared += loss * weight
		for _, y := range b.Y.Data {
			sum, squares, n = sum+y, squares+y*y, n+1
		}
	}
	nmse := squared / (squares - sum*sum/n)
	t.Logf("NMSE %.5f over %v rows", nmse, n)
	if n != 3000 || !(nmse < 0.01) { // a ridge autoregression of 60 lags has 0.17, the last value 0.95
		t.Errorf("one step ahead the normalized mean squared error is %.5f over %v rows, want at most 0.01 over 3000", nmse, n)
	}
}
