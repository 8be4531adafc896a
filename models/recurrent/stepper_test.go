package recurrent

import (
	"context"
	"math"
	"testing"

	"lenz/datasets"
)

// The stepped state, read by the head's weights, is what the graph forecasts.
func TestStepperIsTheNetwork(t *testing.T) {
	l := datasets.Layout{Kind: datasets.Forecast, Input: 7, Horizon: 2, Batch: 1, Inputs: []string{"a", "b"}, Targets: []string{"a"}, TargetInputs: []int{0}}
	c := defaults()
	c.Hidden, c.Layers, c.Precision = 5, 2, "float64"
	for name, made := range map[string]func() (*Model, error){
		"lstm": func() (*Model, error) { return LSTM{Settings: c}.New(l, 1) },
		"gru":  func() (*Model, error) { return GRU{Settings: c, Form: "default"}.New(l, 1) },
		"rnn":  func() (*Model, error) { return RNN{Settings: c, Activation: "tanh"}.New(l, 1) },
	} {
		m, err := made()
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		b := datasets.Batch{T: 7, B: 1, X: datasets.NewArray(7, 1, 2)}
		for i := range b.X.Data {
			b.X.Data[i] = math.Sin(float64(i * i))
		}
		want, err := m.Predict(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.Stepper()
		if err != nil {
			t.Fatal(err)
		}
		state := make([]float64, s.StateSize())
		for i := range 7 {
			s.Step(state, b.X.Data[2*i:2*i+2])
		}
		h := state[len(state)-5:]
		if name == "lstm" {
			h = state[len(state)-10:][:5]
		}
		w, bias := m.params.ByName("head.weight").Value().Data().([]float64), m.params.ByName("head.bias").Value().Data().([]float64)
		for k := range 2 {
			got := bias[k]
			for i, v := range h {
				got += w[5*k+i] * v
			}
			if math.Abs(got-want.Mean.Data[k]) > 1e-12 { // the same sums in another order
				t.Errorf("%s: step %d is %v from the state, %v from the graph", name, k, got, want.Mean.Data[k])
			}
		}
	}
}
