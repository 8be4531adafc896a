package train_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lenz/graph"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

// A plane is fitted to noisy points; the run stops when validation no longer improves, and the best weights are kept.
func Example() {
	if err := fitPlane(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// stopped
	// y = 1.0 x1 + 2.0 x2 + 0.5
}

func fitPlane() error {
	model, err := traintest.NewModel(graph.Float64, 2, 1)
	if err != nil {
		return err
	}
	adam, err := optim.Adam{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}.New()
	if err != nil {
		return err
	}
	learner := train.Gradient(model, adam)
	defer learner.Close()
	data := train.Data{Train: traintest.NewPoints(200, 2, 20, 1), Valid: traintest.NewPoints(50, 2, 50, 2)}
	best := train.NewBestWeights(model.Params())
	result, err := train.Fit(context.Background(), learner, data, train.Epochs(500), train.Watch(best, train.NewEarlyStopping(20)))
	if err != nil {
		return err
	}
	if err := best.Apply(); err != nil {
		return err
	}
	fmt.Println(result.Status)
	w := model.Params().CopyFloats()
	fmt.Printf("y = %.1f x1 + %.1f x2 + %.1f\n", w[0], w[1], w[2])
	return nil
}

// A run is interrupted after 37 steps, as Ctrl-C would, and goes on from its checkpoint.
func ExampleResume() {
	dir, err := os.MkdirTemp("", "lenz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, interrupt := context.WithCancel(context.Background())
	first := func(e train.Event) error {
		if e.Kind == train.Step && e.Step == 37 {
			interrupt()
		}
		return nil
	}
	a, err := resumable(ctx, dir, nil, first)
	fmt.Println(a.Status, a.Steps, err != nil)
	checkpoint, _, err := train.Latest(filepath.Join(dir, "checkpoints"))
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := resumable(context.Background(), dir, checkpoint, func(train.Event) error { return nil })
	fmt.Println(b.Status, b.Steps, err)
	// Output:
	// interrupted 37 true
	// completed 50 <nil>
}

func resumable(ctx context.Context, dir string, from *train.Checkpoint, watch train.ObserverFunc) (train.Result, error) {
	model, err := traintest.NewModel(graph.Float64, 2, 1)
	if err != nil {
		return train.Result{}, err
	}
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		return train.Result{}, err
	}
	data := train.Data{Train: traintest.NewPoints(200, 2, 20, 1)}
	return train.Fit(ctx, train.Gradient(model, adam), data, train.Epochs(5), train.Resume(from),
		train.Watch(watch, train.NewCheckpoints(filepath.Join(dir, "checkpoints"))))
}
