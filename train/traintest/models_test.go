package traintest_test

import (
	"testing"

	"lenz/datasets"
	"lenz/models/baseline"
	"lenz/models/recurrent"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

// windows cuts the flow of the Nile: a hundred years, seventy to learn from.
func windows() (*datasets.Windows, error) {
	s, err := datasets.Open("nile", nil)
	if err != nil {
		return nil, err
	}
	split, err := datasets.SplitSpec{Train: 0.7, Valid: 0.3}.Cut(s.Series...)
	if err != nil {
		return nil, err
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard})
	if err != nil {
		return nil, err
	}
	return datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 6, Horizon: 3, Batch: 16})
}

func gradient(m *recurrent.Model) (train.Learner, error) {
	o, err := optim.DefaultAdam().New()
	if err != nil {
		return nil, err
	}
	return train.Gradient(m, o), nil
}

// The kit on the models that people train: dropout is keyed by the step, streams carry states, sums have a long state.
func TestModels(t *testing.T) {
	for name, build := range map[string]func(w *datasets.Windows) (train.Learner, datasets.Source, error){
		"lstm with dropout": func(w *datasets.Windows) (train.Learner, datasets.Source, error) {
			c := recurrent.DefaultLSTM()
			c.Hidden, c.Layers, c.Dropout = 5, 2, 0.3
			m, err := c.New(w.Layout(), 1)
			if err != nil {
				return nil, nil, err
			}
			s, err := w.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Seed: 1})
			if err != nil {
				return nil, nil, err
			}
			l, err := gradient(m)
			return l, s, err
		},
		"gru on streams": func(w *datasets.Windows) (train.Learner, datasets.Source, error) {
			c := recurrent.DefaultGRU()
			c.Hidden, c.Strategy = 5, "recursive"
			m, err := c.New(w.Layout(), 1)
			if err != nil {
				return nil, nil, err
			}
			s, err := w.Stream(datasets.Train, datasets.StreamOptions{Streams: 2, Chunk: 5})
			if err != nil {
				return nil, nil, err
			}
			l, err := gradient(m)
			return l, s, err
		},
		"ridge": func(w *datasets.Windows) (train.Learner, datasets.Source, error) {
			m, err := baseline.NewRidge(w.Layout(), baseline.DefaultRidge())
			if err != nil {
				return nil, nil, err
			}
			s, err := w.Source(datasets.Train, datasets.SourceOptions{})
			return train.ClosedForm(m), s, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := windows()
			if err != nil {
				t.Fatal(err)
			}
			traintest.Learner(t, func() (train.Learner, datasets.Source, error) { return build(w) }, 8)
		})
	}
}
