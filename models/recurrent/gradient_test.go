package recurrent

import (
	"context"
	"fmt"
	"math"
	"testing"

	"lenz/datasets"
)

func TestForecastGradientsAreThoseOfTheLoss(t *testing.T) {
	for _, strategy := range []string{"direct", "recursive"} {
		for _, head := range []string{"point", "gaussian", "quantile"} {
			for _, norm := range []string{"none", "last", "mean", "standard"} {
				t.Run(strategy+"/"+head+"/"+norm, func(t *testing.T) {
					s := small()
					s.Strategy, s.Head, s.WindowNorm, s.Highway = strategy, head, norm, 2
					l := forecastLayout(4, 3, true)
					b := randomBatch(l, 2, 3)
					b.Mask = datasets.NewArray(b.Y.Shape...)
					for i := range b.Mask.Data {
						b.Mask.Data[i] = float64(i % 3)
					}
					checkGradient(t, newModel(t, s, l), b)
				})
			}
		}
	}
}

func TestSettingsKeepTheGradientRight(t *testing.T) {
	cases := map[string]func(*Settings){
		"layers with dropout": func(s *Settings) { s.Layers, s.Dropout = 2, 0.3 },
		"ensemble":            func(s *Settings) { s.Members = 2 },
		"mae":                 func(s *Settings) { s.Loss = "mae" },
		"huber":               func(s *Settings) { s.Loss, s.HuberDelta = "huber", 0.5 },
		"glorot":              func(s *Settings) { s.Init = "glorot" },
		"orthogonal":          func(s *Settings) { s.Init = "orthogonal" },
		"unrolled":            func(s *Settings) { s.Unrolled = true },
	}
	l := forecastLayout(4, 2, false)
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			s := small()
			change(&s)
			checkGradient(t, newModel(t, s, l), randomBatch(l, 2, 3))
		})
	}
}

func TestLabelGradientsAreThoseOfTheLoss(t *testing.T) {
	for _, kind := range []datasets.Kind{datasets.PerStep, datasets.PerSequence} {
		for _, classes := range []int{0, 3} {
			for _, both := range []bool{false, true} {
				t.Run(fmt.Sprint(kind, classes, both), func(t *testing.T) {
					s := small()
					s.Bidirectional, s.Layers = both, 2
					l := labelLayout(kind, classes)
					b := randomBatch(l, 3, 5)
					b.Lengths = []int{5, 1, 3}
					checkGradient(t, newModel(t, s, l), b)
				})
			}
		}
	}
}

func TestCellsKeepTheGradientRight(t *testing.T) {
	l := forecastLayout(4, 2, false)
	gru, original, rnn := DefaultGRU(), DefaultGRU(), DefaultRNN()
	gru.Settings, original.Settings, rnn.Settings = small(), small(), small()
	original.Form, rnn.Activation = "original", "relu"
	for i, build := range []func(datasets.Layout, uint64) (*Model, error){gru.New, original.New, rnn.New} {
		m := must(t)(build(l, 1))
		checkGradient(t, m, randomBatch(l, 2, uint64(i)))
	}
}

// Fused and unrolled layers compute the same sums in another order: 1e-10 in float64.
func TestFusedIsUnrolled(t *testing.T) {
	for _, strategy := range []string{"direct", "recursive"} {
		s := small()
		s.Strategy, s.Layers, s.Dropout = strategy, 2, 0.2
		l := forecastLayout(5, 3, true)
		b := randomBatch(l, 3, 9)
		loss, grads := gradient(t, newModel(t, s, l), b)
		s.Unrolled = true
		want, wants := gradient(t, newModel(t, s, l), b)
		if math.Abs(loss-want) > 1e-10*math.Abs(want) {
			t.Errorf("%s: loss %v, unrolled %v", strategy, loss, want)
		}
		for i, g := range grads {
			if math.Abs(g-wants[i]) > 1e-10 {
				t.Errorf("%s: gradient %d is %v, unrolled %v", strategy, i, g, wants[i])
			}
		}
	}
}

// The members of an ensemble do not see each other: the gradient of each is that of a single model with its weights, over
// the number of members.
func TestMembersLearnIndependently(t *testing.T) {
	s, l := small(), forecastLayout(4, 2, false)
	b := randomBatch(l, 3, 2)
	single := newModel(t, s, l)
	s.Members = 3
	ensemble := newModel(t, s, l)
	_, all := gradient(t, ensemble, b)
	values := ensemble.Params().CopyFloats()
	n := single.Params().Count()
	total := 0.0
	for i := range s.Members {
		if err := single.Params().SetFloats(values[i*n : (i+1)*n]); err != nil {
			t.Fatal(err)
		}
		loss, own := gradient(t, single, b)
		total += loss / 3
		for j, g := range own {
			if math.Abs(all[i*n+j]-g/3) > 1e-12 {
				t.Fatalf("member %d, gradient %d: %v, alone %v / 3", i, j, all[i*n+j], g)
			}
		}
	}
	if loss, _ := gradient(t, ensemble, b); math.Abs(loss-total) > 1e-12 {
		t.Errorf("loss %v, mean of the members' %v", loss, total)
	}
}

// With dropout off, a single model's training loss is its evaluation loss.
func TestLossIsThatOfGradient(t *testing.T) {
	for _, head := range []string{"point", "gaussian", "quantile"} {
		s, l := small(), forecastLayout(4, 2, true)
		s.Head, s.WindowNorm = head, "standard"
		m, b := newModel(t, s, l), randomBatch(forecastLayout(4, 2, true), 3, 2)
		want, _ := gradient(t, m, b)
		got, weight, err := m.Loss(context.Background(), b)
		if err != nil || math.Abs(got-want) > 1e-12 || weight != 12 {
			t.Errorf("%s: loss %v of weight %v, want %v of 12 (%v)", head, got, weight, want, err)
		}
	}
}
