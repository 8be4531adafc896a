package baseline_test

import (
	"context"
	"fmt"
	"math"

	"lenz/datasets"
	"lenz/models/baseline"
)

// season returns windows of a season of 12 rows on a trend, in and out of the training part.
func season(input, horizon int) (*datasets.Windows, error) {
	values := make([]float64, 240)
	for i := range values {
		values[i] = 100 + float64(i)/4 + 10*math.Sin(2*math.Pi*float64(i)/12)
	}
	series, err := datasets.NewSeries("season", []string{"y"}, [][]float64{values})
	if err != nil {
		return nil, err
	}
	split, err := datasets.DefaultSplit().Cut(series)
	if err != nil {
		return nil, err
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{})
	if err != nil {
		return nil, err
	}
	return datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: input, Horizon: horizon})
}

func ExampleFitRidge() {
	w, err := season(16, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	ridge, err := baseline.FitRidge(context.Background(), w, baseline.DefaultRidge())
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := w.Source(datasets.Test, datasets.SourceOptions{Batch: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, _ := source.Next()
	p, err := ridge.Predict(context.Background(), batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	forecast, err := p.Invert(w.Scaler(), w.Layout().Targets)
	if err != nil {
		fmt.Println(err)
		return
	}
	fit := ridge.Fits()[0]
	fmt.Printf("%d lags, chosen by %s\n", fit.Lags, fit.Criterion)
	fmt.Printf("%.2f\n", forecast.Mean.Data) // 151.00, 156.25, 160.16 follow
	// Output:
	// 16 lags, chosen by validation
	// [151.00 156.25 160.16]
}

// The window of 4 rows is shorter than the season: the history goes further back.
func ExampleNewSeasonalNaive() {
	w, err := season(4, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := baseline.PartHistory(w, datasets.Test)
	if err != nil {
		fmt.Println(err)
		return
	}
	seasonal, err := baseline.NewSeasonalNaive(w.Layout(), 12, history)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := w.Source(datasets.Test, datasets.SourceOptions{Batch: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, _ := source.Next()
	p, err := seasonal.Predict(context.Background(), batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	forecast, err := p.Invert(w.Scaler(), w.Layout().Targets)
	fmt.Printf("%.2f %v\n", forecast.Mean.Data, err) // a season's growth of 3 is missing
	// Output: [148.00 153.25 157.16] <nil>
}

func ExampleStandard() {
	w, err := season(16, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	ridge, err := baseline.FitRidge(context.Background(), w, baseline.DefaultRidge())
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := baseline.Standard(w, datasets.Test, 12, ridge)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range list {
		fmt.Println(b.Name)
	}
	// Output:
	// naive
	// seasonal_naive
	// ridge_ar
}
