package recurrent_test

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models/recurrent"
)

// Build a forecaster for the batches of a source, and take one gradient.
func Example() {
	layout := datasets.Layout{
		Kind: datasets.Forecast, Input: 24, Horizon: 12, Inputs: []string{"load", "temperature"},
		Targets: []string{"load"}, TargetInputs: []int{0},
	}
	c := recurrent.DefaultLSTM()
	c.Head = "quantile"
	c.WindowNorm = "last"
	model, err := c.New(layout, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()

	b := datasets.Batch{T: 24, B: 8, X: datasets.NewArray(24, 8, 2), Y: datasets.NewArray(12, 8, 1)}
	if _, err := model.Gradient(context.Background(), b, 0); err != nil {
		fmt.Println(err)
		return
	}
	p, err := model.Predict(context.Background(), b)
	fmt.Println(model.Params().Count(), "parameters")
	fmt.Println("mean", p.Mean.Shape, "quantiles", p.Quantiles.Shape, "at", p.Levels, err)
	// Output:
	// 6588 parameters
	// mean [12 8 1] quantiles [5 12 8 1] at [0.1 0.25 0.5 0.75 0.9] <nil>
}

// Settings that do not fit the data are refused with the remedy.
func ExampleLSTM_New() {
	c := recurrent.DefaultLSTM()
	c.Bidirectional = true
	_, err := c.New(datasets.Layout{Kind: datasets.Forecast, Input: 24, Horizon: 12, Inputs: []string{"v"}, Targets: []string{"v"}, TargetInputs: []int{0}}, 1)
	fmt.Println(err)
	// Output: lstm: setting bidirectional is for labels: in a forecast, the direction from the end would see the future in training; set bidirectional = false
}

// A GRU that reads its own output: one set of weights for all steps.
func ExampleGRU() {
	c := recurrent.DefaultGRU()
	c.Strategy = "recursive"
	c.Hidden = 4
	model, err := c.New(datasets.Layout{Kind: datasets.Forecast, Input: 10, Horizon: 5, Inputs: []string{"v"}, Targets: []string{"v"}, TargetInputs: []int{0}}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()
	for _, q := range model.Params().All() {
		fmt.Println(q.Name(), q.Shape())
	}
	// Output:
	// rnn.weight_ih_l0 (12, 1)
	// rnn.weight_hh_l0 (12, 4)
	// rnn.bias_ih_l0 (12)
	// rnn.bias_hh_l0 (12)
	// head.weight (1, 4)
	// head.bias (1)
}
