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
