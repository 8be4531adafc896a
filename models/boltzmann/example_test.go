package boltzmann_test

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models/boltzmann"
	"lenz/optim"
	"lenz/train"
)

// A restricted machine learns the 14 pictures of 3 x 3 bars and stripes; no machine can do better than -ln 14 = -2.64.
func ExampleRBM() {
	table, err := datasets.BarsAndStripes(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := table.Source(datasets.SourceOptions{Batch: table.Rows})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := boltzmann.DefaultRBM()
	c.Hidden, c.Chains, c.Scale = 8, "exact", 0.1
	machine, err := c.New(source.Layout(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer machine.Close()
	adam := optim.DefaultAdam()
	adam.Rate = 0.05
	optimizer, err := adam.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := train.Fit(context.Background(), train.Gradient(machine, optimizer), train.Data{Train: source, Valid: source}, train.Epochs(600))
	fmt.Println(err, result.Status, -result.Metrics["val_loss"] > -2.8)
	// Output: <nil> completed true
}

// A Boltzmann machine without hidden units is an Ising model: with one coupling, the states of two units have the weights 1, 1, 1 and e.
func ExampleMachine() {
	c := boltzmann.DefaultMachine()
	c.Hidden = 0
	m, err := c.New(datasets.Layout{Input: 1, Batch: 1, Inputs: []string{"a", "b"}}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Params().SetFloats([]float64{1, 0, 0}); err != nil { // coupling, biases
		fmt.Println(err)
		return
	}
	logs, err := m.LogLikelihood([]float64{0, 0, 1, 1}, 2)
	fmt.Printf("%.4f %v, energy of (1, 1) %.0f\n", logs, err, m.Energy([]float64{1, 1}))
	// Output: [-1.7437 -0.7437] <nil>, energy of (1, 1) -1
}

// A deep belief network of two machines, learnt one after the other, draws pictures.
func ExampleDBN() {
	table, err := datasets.BarsAndStripes(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := table.Source(datasets.SourceOptions{Batch: 7, Shuffle: true, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := boltzmann.DefaultDBN()
	c.Layers = []int{12, 8}
	net, err := c.New(source.Layout(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer net.Close()
	var stages []train.Stage
	for i, machine := range net.Machines() {
		momentum, err := optim.DefaultMomentum().New()
		if err != nil {
			fmt.Println(err)
			return
		}
		stages = append(stages, train.Stage{
			Name: fmt.Sprintf("machine %d", i+1), Epochs: 10, Learner: train.Gradient(machine, momentum),
			Transform: func(_ context.Context, b datasets.Batch) (datasets.Batch, error) { return net.Input(i, b) },
		})
	}
	learner, err := train.Stages(stages...)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := train.Fit(context.Background(), learner, train.Data{Train: source}, train.Epochs(20))
	if err != nil {
		fmt.Println(err)
		return
	}
	pictures, err := net.Sample(context.Background(), 5, 100, 1)
	fmt.Println(result.Status, "and draws", len(pictures)/9, "pictures", err)
	// Output: completed and draws 5 pictures <nil>
}

// Annealed importance sampling estimates log Z where it can also be summed.
func ExampleRBMModel_AIS() {
	c := boltzmann.DefaultRBM()
	c.Hidden, c.Scale = 10, 0.5
	m, err := c.New(datasets.Layout{Input: 1, Batch: 1, Inputs: []string{"a", "b", "c", "d", "e", "f"}}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	exact, err := m.LogZ()
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := m.AIS(context.Background(), boltzmann.AIS{Temperatures: 1000, Runs: 100, Seed: 1})
	fmt.Println("between the bounds:", e.Low < exact && exact < e.High, "error below 0.05:", e.SD < 0.05, err)
	// Output: between the bounds: true error below 0.05: true <nil>
}

// A conditional machine forecasts: the window of the last six values moves the biases of a machine of the next two.
func ExampleCRBM() {
	data, err := datasets.Open("sines", map[string]string{"length": "300"})
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
	windows, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 6, Horizon: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := windows.Source(datasets.Train, datasets.SourceOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	machine, err := boltzmann.DefaultCRBM().New(windows.Layout(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer machine.Close()
	batch, _ := source.Next()
	p, err := machine.Predict(context.Background(), batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("a forecast for each window:", p.Mean.Shape)
	// Output: a forecast for each window: [2 32 1]
}
