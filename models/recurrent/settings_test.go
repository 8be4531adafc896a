package recurrent

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"lenz/datasets"
)

func TestSettingsThatDoNotGoTogether(t *testing.T) {
	forecast := forecastLayout(4, 2, false)
	foreign := forecast
	foreign.TargetInputs = []int{2, -1}
	unknown := forecastLayout(4, 2, true)
	unknown.FutureInputs = nil
	for _, c := range []struct {
		change func(*Settings)
		layout datasets.Layout
		want   string
	}{
		{func(s *Settings) { s.Bidirectional = true }, forecast, "would see the future"},
		{func(s *Settings) { s.Dropout = 0.5 }, forecast, "set layers = 2"},
		{func(s *Settings) { s.Head, s.Loss = "gaussian", "mae" }, forecast, "set head = point"},
		{func(s *Settings) { s.Head, s.Levels = "quantile", nil }, forecast, "at least one level"},
		{func(s *Settings) { s.Levels = []float64{0.5, 0.1} }, forecast, "ascend"},
		{func(s *Settings) { s.Levels = []float64{0.5, 1} }, forecast, "below 1"},
		{func(s *Settings) { s.Highway = 5 }, forecast, "at most that"},
		{func(s *Settings) { s.Hidden = 0 }, forecast, "at least 1"},
		{func(s *Settings) { s.Precision = "float16" }, forecast, "float32, float64"},
		{func(s *Settings) { s.Strategy = "recursive" }, foreign, `"a" is not among the inputs`},
		{func(s *Settings) { s.WindowNorm = "last" }, foreign, "among the inputs"},
		{func(s *Settings) { s.Strategy = "recursive" }, labelLayout(datasets.PerStep, 0), "set strategy = direct"},
		{func(s *Settings) { s.Highway = 1 }, labelLayout(datasets.PerStep, 0), "highway = 0"},
		{func(s *Settings) { s.Head = "gaussian" }, labelLayout(datasets.PerSequence, 3), "cross-entropy"},
		{func(s *Settings) {}, labelLayout(datasets.PerSequence, 1), "2 classes or more"},
		{func(s *Settings) {}, datasets.Layout{}, "name at least one"},
		{func(s *Settings) {}, unknown, "must all be among the inputs"},
	} {
		cfg := DefaultLSTM()
		c.change(&cfg.Settings)
		_, err := cfg.New(c.layout, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "lstm: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestBatchesThatDoNotFit(t *testing.T) {
	l := forecastLayout(4, 2, true)
	m := newModel(t, small(), l)
	for want, change := range map[string]func(*datasets.Batch){
		"X [4 3 4] for T=5": func(b *datasets.Batch) { b.T = 5 },
		"Future []":         func(b *datasets.Batch) { b.Future = datasets.Array{} },
		"Y [4 3 4], want":   func(b *datasets.Batch) { b.Y = b.X },
		"Mask [4 3 4]":      func(b *datasets.Batch) { b.Mask = b.X },
		"leave Lengths nil": func(b *datasets.Batch) { b.Lengths = []int{1, 2, 3} },
	} {
		b := randomBatch(l, 3, 1)
		change(&b)
		if _, err := m.Gradient(context.Background(), b, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Gradient(done, randomBatch(l, 3, 1), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Programs of old shapes are closed, and compiled again when wanted.
func TestCacheIsBounded(t *testing.T) {
	l := forecastLayout(4, 2, false)
	m := newModel(t, small(), l)
	first, _ := gradient(t, m, randomBatch(l, 1, 1))
	for batch := 2; batch < maxPrograms+4; batch++ {
		gradient(t, m, randomBatch(l, batch, 1))
	}
	if len(m.programs.list) != maxPrograms {
		t.Errorf("%d programs are open, want %d", len(m.programs.list), maxPrograms)
	}
	if again, _ := gradient(t, m, randomBatch(l, 1, 1)); again != first {
		t.Errorf("loss %v after recompiling, want %v", again, first)
	}
	if err := m.Close(); err != nil || len(m.programs.list) != 0 {
		t.Errorf("closing: %v", err)
	}
}

func TestWriteDOT(t *testing.T) {
	for _, l := range []datasets.Layout{forecastLayout(4, 2, true), labelLayout(datasets.PerStep, 3), labelLayout(datasets.PerSequence, 0)} {
		var out bytes.Buffer
		if err := newModel(t, small(), l).WriteDOT(&out); err != nil || !strings.Contains(out.String(), "rnn.weight_ih_l0") {
			t.Errorf("%v: %v", l.Kind, err)
		}
	}
}
