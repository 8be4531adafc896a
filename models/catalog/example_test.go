package catalog_test

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
)

// Load data, train a model, forecast: here a GRU on the airline passengers, two years in and one out. The logarithm
// makes the growth linear and the seasons equally high, and the mean of each window is taken out before the network and
// put back after it. Errors are left out to show the steps; check them in earnest.
func Example() {
	ctx := context.Background()
	data, _ := datasets.Open("air-passengers", nil)
	split, _ := datasets.SplitSpec{Train: 0.85, Valid: 0.15}.Cut(data.Series...)
	scaler, _ := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{Scaling: datasets.Standard, Transform: datasets.Log})
	windows, _ := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 24, Horizon: 12, Batch: 16})
	learn, _ := windows.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Seed: 1})

	model, _ := catalog.New("gru", map[string]string{"hidden": "16", "window_norm": "mean", "highway": "24"}, windows.Layout(), 1)
	adam := optim.DefaultAdam()
	adam.Rate = 0.01
	optimizer, _ := adam.New()
	result, err := train.Fit(ctx, train.Gradient(model.(models.GradientModel), optimizer), train.Data{Train: learn}, train.Epochs(60))

	pipeline := models.Pipeline{Model: model, Spec: models.Spec{Model: "gru", Layout: windows.Layout(), Window: windows.Spec(), Scaler: scaler}}
	defer pipeline.Close()
	forecast, _ := pipeline.Forecast(ctx, data.Series...)
	fmt.Println(result.Status, err)
	fmt.Println(forecast[0].Labels[0], len(forecast[0].Mean), "months")
	// The summer of 1960 had 622 thousand passengers in its best month, and numbers had grown by a tenth a year.
	best := 0.0
	for _, month := range forecast[0].Mean {
		best = max(best, month[0])
	}
	fmt.Println("best month between 600 and 760 thousand:", best > 600 && best < 760)
	// Output:
	// completed <nil>
	// 1961-01 12 months
	// best month between 600 and 760 thousand: true
}
