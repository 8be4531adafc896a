package attention_test

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models/attention"
	"lenz/optim"
	"lenz/train"
)

// A memory of three patterns restores one of them from a damaged state.
func ExampleMemory() {
	patterns := []float64{
		1, 1, 1, -1, -1, -1,
		1, -1, 1, -1, 1, -1,
		-1, -1, 1, 1, -1, -1,
	}
	m, err := attention.NewMemory(patterns, 6, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := m.Retrieve([]float64{1, 0, 1, 0, 1, 0}, 1e-6, 10)
	fmt.Printf("pattern %d, %.2f after %d updates %v\n", r.Pattern, r.State, r.Steps, err)
	// Output: pattern 1, [1.00 -1.00 1.00 -1.00 1.00 -1.00] after 3 updates <nil>
}

// A forecaster of a sine wave whose layers are Hopfield memories.
func ExampleHopfield() {
	data, err := datasets.Open("sines", map[string]string{"length": "400"})
	if err != nil {
		fmt.Println(err)
		return
	}
	split, err := datasets.DefaultSplit().Cut(data.Series...)
	if err != nil {
		fmt.Println(err)
		return
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard})
	if err != nil {
		fmt.Println(err)
		return
	}
	windows, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 24, Horizon: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := windows.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := attention.DefaultHopfield()
	c.Hidden, c.Heads = 8, 2
	model, err := c.New(windows.Layout(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := train.Fit(context.Background(), train.Gradient(model, adam), train.Data{Train: source}, train.Epochs(2))
	fmt.Println(err, result.Status, result.Epochs)
	// Output: <nil> completed 2
}
