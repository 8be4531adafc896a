package job

import (
	"fmt"
	"strconv"

	"gorgonia.org/tensor"

	"lenz/graph"
	"lenz/internal/memory"
	"lenz/models"
)

// footprint estimates the bytes that training takes, before any of them is asked for. Parameters are held about eight times (values,
// gradients, two moments of Adam, the best and the last weights, a checkpoint that is written); each row of a weight matrix is a unit
// whose activation, gate and derivative are kept for every step of every sequence.
func footprint(params *graph.Params, steps, sequences, inputs int) float64 {
	size := 8.0
	if params.Dtype() == tensor.Float32 {
		size = 4
	}
	units := 0.0
	for _, p := range params.All() {
		if len(p.Shape()) > 1 {
			units += float64(p.Shape()[0])
		}
	}
	cells := float64(steps) * float64(sequences)
	return size*(8*float64(params.Count())+3*units*cells) + 8*float64(inputs)*cells
}

// checkMemory refuses a model that the machine cannot hold: the operating system would kill the run without a word.
func (t *Task) checkMemory(m models.GradientModel, c *Config) error {
	free := memory.Free()
	if free == 0 {
		return nil
	}
	steps, sequences := t.Layout.Input+t.Layout.Horizon, t.Layout.Batch
	if c.Window.TBPTT > 0 {
		steps = c.Window.TBPTT
	}
	return refuse(footprint(m.Params(), steps, sequences, len(t.Layout.Inputs)), free, c.Model.Model, m.Params().Count())
}

func refuse(need, free float64, model string, parameters int) error {
	if need < free {
		return nil
	}
	const giga = 1 << 30
	return fmt.Errorf("%s with %d parameters needs about %.3g GB of memory, %.3g GB are free: take fewer units (--set hidden or layers), a smaller --batch or a shorter --input",
		model, parameters, need/giga, free/giga)
}

// krylov is how many vectors of a state the search for the spectral radius of drawn weights takes at most.
const krylov = 300

// checkStatistics refuses a reservoir whose second moments the machine cannot hold, before it is drawn: the square of its units twice, as sums and
// as what is factorized. Normalized least mean squares needs none, but its weights are drawn as well.
func checkStatistics(model string, set map[string]string) error {
	free := memory.Free()
	if free == 0 {
		return nil
	}
	const giga = 1 << 30
	for _, name := range []string{"units", "nodes", "neurons"} {
		units, err := strconv.ParseFloat(set[name], 64)
		if err != nil {
			continue
		}
		if need := 8 * krylov * units; set["spectral_radius"] != "" && need > free {
			return fmt.Errorf("%s with %s=%.0f needs about %.3g GB of memory to find the spectral radius of its weights, %.3g GB are free: take fewer",
				model, name, units, need/giga, free/giga)
		}
		if need := 2 * 8 * units * units; set["learner"] != "lms" && need > free {
			return fmt.Errorf("%s with %s=%.0f needs about %.3g GB of memory to solve for its readout, %.3g GB are free: take fewer, or --set learner=lms",
				model, name, units, need/giga, free/giga)
		}
	}
	return nil
}
