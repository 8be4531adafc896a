package train_test

import (
	"context"
	"encoding/json"
	"fmt"

	"lenz/datasets"
	"lenz/train"
)

// naive repeats the last value of the window.
type naive struct{ layout datasets.Layout }

func (n naive) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	p := datasets.Prediction{Mean: datasets.NewArray(n.layout.Horizon, b.B, 1)}
	for k := range b.B {
		for h := range n.layout.Horizon {
			p.Mean.Data[h*b.B+k] = b.X.At(b.T-1, k, 0)
		}
	}
	return p, nil
}

// damped goes half the way to the mean of the training part, which is 0 in scaled units.
type damped struct{ naive }

func (d damped) Predict(ctx context.Context, b datasets.Batch) (datasets.Prediction, error) {
	p, err := d.naive.Predict(ctx, b)
	for i := range p.Mean.Data {
		p.Mean.Data[i] /= 2
	}
	return p, err
}

func ExampleBacktest() {
	values := make([]float64, 40)
	for i := range values {
		values[i] = 10 + float64(i%2) // 10, 11, 10, 11, ...
	}
	series, err := datasets.NewSeries("zigzag", []string{"y"}, [][]float64{values})
	if err != nil {
		fmt.Println(err)
		return
	}
	split, err := datasets.DefaultSplit().Cut(series)
	if err != nil {
		fmt.Println(err)
		return
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{})
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 4, Horizon: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := train.Backtest(context.Background(), w, train.DefaultBacktest(),
		train.Contender{Name: "damped", Forecaster: damped{naive{w.Layout()}}},
		train.Contender{Name: "naive", Forecaster: naive{w.Layout()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Verdict)
	fmt.Printf("skill %.2f, MASE %.2f\n", r.Entries[0].Scores.Value("skill"), r.Entries[0].Scores.Value("mase"))
	// Output:
	// damped beats naive by MAE and RMSE, on 6 windows of the test part
	// skill 0.25, MASE 0.75
}

func ExampleScorer() {
	layout := datasets.Layout{Kind: datasets.Forecast, Input: 1, Horizon: 2, Targets: []string{"y"}}
	scorer, err := train.NewScorer(train.ScoreSpec{Layout: layout})
	if err != nil {
		fmt.Println(err)
		return
	}
	truth := datasets.Batch{B: 1, Y: datasets.Array{Shape: []int{2, 1, 1}, Data: []float64{3, 5}}}
	forecast := datasets.Prediction{Mean: datasets.Array{Shape: []int{2, 1, 1}, Data: []float64{3, 4}}}
	if err := scorer.Add(truth, forecast); err != nil {
		fmt.Println(err)
		return
	}
	for h, s := range scorer.Steps() {
		fmt.Printf("step %d: mae %v\n", h+1, s.Value("mae"))
	}
	text, err := json.Marshal(scorer.Scores()[:3])
	fmt.Println(string(text), err)
	// Output:
	// step 1: mae 0
	// step 2: mae 1
	// {"mae":0.5,"mse":0.5,"rmse":0.7071067811865476} <nil>
}

func ExamplePinballLoss() {
	// The 90% quantile of a demand of 10 should rather be too high than too low.
	fmt.Println(train.PinballLoss(10, 8, 0.9), train.PinballLoss(10, 12, 0.9))
	// Output: 1.8 0.19999999999999996
}
