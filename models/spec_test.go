package models_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/safetensors"
	"lenz/models"
)

func TestHistoryEndsWhereTheSeriesDid(t *testing.T) {
	s, err := datasets.NewSeries("s", []string{"a", "b"}, [][]float64{{1, 2, 3, 4}, {5, 6, 7, 8}})
	if err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, timed := range []bool{false, true} {
		if timed {
			s = s.Starting(friday, datasets.BusinessDaily)
		}
		h, err := models.NewHistory(s, 2)
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.Series()
		if err != nil {
			t.Fatal(err)
		}
		if got.Rows() != 2 || !slices.Equal(got.Values[1], []float64{7, 8}) || got.HasTime() != timed {
			t.Errorf("timed %v: %d rows, %v, time %v", timed, got.Rows(), got.Values, got.HasTime())
		}
		if !slices.EqualFunc(got.Future(3), s.Future(3), time.Time.Equal) {
			t.Errorf("the future is %v, want %v", got.Future(3), s.Future(3))
		}
		if got.Label(2) != s.Label(4) {
			t.Errorf("timed %v: the first row after the end is %s, want %s", timed, got.Label(2), s.Label(4))
		}
	}
	if h, err := models.NewHistory(s, 99); err != nil || len(h.Values[0]) != 4 {
		t.Errorf("a short series: %v (%v)", h.Values, err)
	}
	s.Values[0][3] = math.NaN()
	if _, err := models.NewHistory(s, 2); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("a missing value: %v", err)
	}
}

func TestSpecComesBack(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	if _, err := p.Add("w", graph.Normal(1), 2, 3); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	spec := models.Spec{
		Model: "gru", Settings: map[string]string{"hidden": "3"}, Seed: math.MaxUint64,
		Layout: datasets.Layout{Kind: datasets.PerStep, Inputs: []string{"é", "a,b"}, Classes: 3},
		Scaler: &datasets.Scaler{Columns: []datasets.ColumnScaler{{Name: "é", Scaling: datasets.Robust, Transform: datasets.NoTransform, Shift: 0.1, Scale: 1.0 / 3}}},
	}
	if err := models.Save(path, p, spec); err != nil {
		t.Fatal(err)
	}
	got, err := models.ReadSpec(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version != models.SpecVersion || got.Seed != spec.Seed || got.Layout.Kind != datasets.PerStep ||
		!slices.Equal(got.Layout.Inputs, spec.Layout.Inputs) || got.Scaler.Columns[0] != spec.Scaler.Columns[0] || got.Settings["hidden"] != "3" {
		t.Errorf("got %+v, want %+v", got, spec)
	}
	if err := safetensors.WriteFile(path, nil, map[string]string{"lenz": `{"version": 2}`}); err != nil {
		t.Fatal(err)
	}
	if _, err := models.ReadSpec(path); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("another version: %v", err)
	}
}

// Other precisions than the model's are converted; integers are refused, and so are two tensors for one parameter.
func TestLoadWeightsOfOtherTypes(t *testing.T) {
	for _, c := range []struct {
		tensors []safetensors.Tensor
		want    string
	}{
		{[]safetensors.Tensor{{Name: "rnn.bias_ih_l0", Shape: []int{2}, Data: []float64{1, 2}}}, ""},
		{[]safetensors.Tensor{{Name: "lstm.bias_ih_l0", Shape: []int{2}, Data: []float32{1, 2}}}, ""},
		{[]safetensors.Tensor{{Name: "bias_ih_l0", Shape: []int{2}, Data: []int64{1, 2}}}, "convert it to F32 or F64"},
		{[]safetensors.Tensor{{Name: "rnn.bias_ih_l1", Shape: []int{2}, Data: []float32{1, 2}}}, `did you mean "rnn.bias_ih_l0"?`},
		{[]safetensors.Tensor{
			{Name: "bias_ih_l0", Shape: []int{2}, Data: []float32{1, 2}}, {Name: "rnn.bias_ih_l0", Shape: []int{2}, Data: []float32{1, 2}},
		}, "leave one out"},
		{nil, "no tensors"},
	} {
		p := graph.NewParams(graph.Float32, 1)
		if _, err := p.Add("rnn.bias_ih_l0", graph.Zeros(), 2); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "w.safetensors")
		if err := safetensors.WriteFile(path, c.tensors, nil); err != nil {
			t.Fatal(err)
		}
		_, err := models.LoadWeights(p, path)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
			continue
		}
		if err != nil || !slices.Equal(p.CopyFloats(), []float64{1, 2}) {
			t.Errorf("%s: %v (%v)", c.tensors[0].Name, p.CopyFloats(), err)
		}
	}
}
