package models_test

import (
	"fmt"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/recurrent"
)

// Weights saved by PyTorch, here from a torch.nn.LSTM(2, 5, num_layers=2) alone: the head keeps its initial values.
func ExampleLoadWeights() {
	c := recurrent.DefaultLSTM()
	c.Hidden, c.Layers = 5, 2
	layout := datasets.Layout{Kind: datasets.Forecast, Input: 7, Horizon: 4, Inputs: []string{"a", "b"}, Targets: []string{"a"}, TargetInputs: []int{0}}
	model, err := c.New(layout, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()
	missing, err := models.LoadWeights(model.Params(), "testdata/torch_lstm.safetensors")
	fmt.Println(missing, err)

	c.Hidden = 16
	larger, err := c.New(layout, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer larger.Close()
	_, err = models.LoadWeights(larger.Params(), "testdata/torch_lstm.safetensors")
	fmt.Println(err)
	// Output:
	// [head.weight head.bias] <nil>
	// models: testdata/torch_lstm.safetensors: weight_hh_l0 is [20 5], want [64 16]: the file was saved with hidden = 5, the model has 16
}

// Intervals for point forecasts from errors on validation data. Of nine errors, the eighth smallest covers at least 80%.
func ExampleConformal() {
	calibration := models.NewCalibration(1, 1)
	for i := range 9 {
		truth := datasets.Array{Shape: []int{1, 1, 1}, Data: []float64{float64(i)}}
		forecast := datasets.Prediction{Mean: datasets.NewArray(1, 1, 1)} // always 0
		if err := calibration.Add(forecast, datasets.Batch{B: 1, Y: truth}); err != nil {
			fmt.Println(err)
			return
		}
	}
	intervals, err := calibration.Fit(0.8)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := intervals.Apply(datasets.Prediction{Mean: datasets.Array{Shape: []int{1, 1, 1}, Data: []float64{10}}})
	fmt.Printf("%.1f %v %v\n", p.Levels, p.Quantiles.Data, err)
	// Output: [0.1 0.9] [3 17] <nil>
}
