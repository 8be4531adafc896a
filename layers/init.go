package layers

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"lenz/graph"
)

// Init names how the weights of a layer begin.
type Init string

// The initial values. Torch is the default everywhere.
const (
	// Torch draws all weights and biases from U(-b, b): b = 1/sqrt(hidden) for recurrent layers, 1/sqrt(inputs) for
	// Linear, as PyTorch does.
	Torch Init = "torch"
	// Glorot draws all weight matrices from Glorot's uniform distribution, gate by gate; biases are 0.
	Glorot Init = "glorot"
	// Orthogonal draws recurrent matrices as random orthogonal ones, gate by gate, and the others as Glorot; biases
	// are 0.
	Orthogonal Init = "orthogonal"
	// Zero sets everything to 0: for a Linear that is added to something else and is to begin silent.
	Zero Init = "zero"
)

func (i Init) check() error {
	switch i {
	case Torch, Glorot, Orthogonal, Zero:
		return nil
	}
	return fmt.Errorf("init is %q, want %s, %s, %s or %s", string(i), Torch, Glorot, Orthogonal, Zero)
}

// input returns the initializer of an input matrix of so many gates, whose PyTorch bound is 1/sqrt(fan).
func (i Init) input(gates, fan int) graph.Init {
	switch i {
	case Torch:
		return graph.TorchUniform(fan)
	case Zero:
		return graph.Zeros()
	}
	return graph.PerGate(gates, graph.GlorotUniform())
}

func (i Init) recurrent(gates, hidden int) graph.Init {
	switch i {
	case Torch:
		return graph.TorchUniform(hidden)
	case Orthogonal:
		return graph.PerGate(gates, graph.Orthogonal(1))
	case Zero:
		return graph.Zeros()
	}
	return graph.PerGate(gates, graph.GlorotUniform())
}

func (i Init) bias(fan int) graph.Init {
	if i == Torch {
		return graph.TorchUniform(fan)
	}
	return graph.Zeros()
}

// raised adds v to the values from lo on, n of them, that init drew.
func raised(init graph.Init, v float64, lo, n int) graph.Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		init(r, shape, dst)
		for i := range n {
			dst[lo+i] += v
		}
	}
}
