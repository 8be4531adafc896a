package train_test

import (
	"context"
	"fmt"

	"lenz/datasets"
	"lenz/models/boltzmann"
	"lenz/optim"
	"lenz/train"
)

// A deep belief network: each machine learns for two epochs from what the one below makes of the data.
func ExampleStages() {
	table, err := datasets.BarsAndStripes(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := table.Source(datasets.SourceOptions{Batch: 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := boltzmann.DefaultDBN()
	c.Layers = []int{6, 4}
	network, err := c.New(source.Layout(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer network.Close()
	var stages []train.Stage
	for k, machine := range network.Machines() {
		momentum, err := optim.DefaultMomentum().New()
		if err != nil {
			fmt.Println(err)
			return
		}
		stages = append(stages, train.Stage{
			Name: fmt.Sprint("machine ", k+1), Epochs: 2, Learner: train.Gradient(machine, momentum),
			Transform: func(_ context.Context, b datasets.Batch) (datasets.Batch, error) { return network.Input(k, b) },
		})
	}
	learner, err := train.Stages(stages...)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := train.Fit(context.Background(), learner, train.Data{Train: source}, train.Epochs(10))
	name, number := learner.Stage()
	fmt.Println(err, result.Epochs, "epochs, in the end", name, number)
	// Output: <nil> 4 epochs, in the end machine 2 2
}
