package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lenz/graph"
	"lenz/internal/near"
	"lenz/internal/rng"
	"lenz/layers"
	"lenz/optim"
)

// benchSize is what is timed; the flags have these names.
type benchSize struct {
	T, B, I, H            int
	threads, reps, warmup int
}

// benchResult is the JSON object of lenz bench.
type benchResult struct {
	Name     string  `json:"name"`
	Peer     string  `json:"peer"`
	Threads  int     `json:"threads"`
	Reps     int     `json:"reps"`
	MedianMS float64 `json:"median_ms"`
	MinMS    float64 `json:"min_ms"`
	MaxMS    float64 `json:"max_ms"`
	T        int     `json:"T"`
	B        int     `json:"B"`
	I        int     `json:"I"`
	H        int     `json:"H"`
	GFLOPS   float64 `json:"gflops"`
}

// benchGates are the names that can be timed, with the gates of their cells.
var benchGates = map[string]int{"rnn": 1, "gru": 3, "lstm": 4}

func newBench(c *console) *cobra.Command {
	var s benchSize
	cmd := &cobra.Command{
		Use:   "bench lstm|gru|rnn",
		Short: "Time a training step on this machine",
		Long: `bench times one training step: a recurrent layer over T steps of B sequences of I inputs with H hidden units, a linear readout to
one output at every step, the mean squared error, the backward pass and Adam.`,
		Example: "  lenz bench lstm --T 100 --B 32 --I 8 --H 128 --threads 2 --json",
		Args:    exactly(1, "one of lstm, gru, rnn"),
		RunE: func(_ *cobra.Command, args []string) error {
			gates, ok := benchGates[args[0]]
			if !ok {
				names := []string{"lstm", "gru", "rnn"}
				return usageError{fmt.Errorf("cannot time %q%s; want one of %v", args[0], near.Suggest(args[0], names), names)}
			}
			for _, f := range []struct {
				name string
				v    int
			}{{"T", s.T}, {"B", s.B}, {"I", s.I}, {"H", s.H}, {"threads", s.threads}, {"reps", s.reps}, {"warmup", s.warmup + 1}} {
				if f.v < 1 {
					return usageError{fmt.Errorf("--%s is too small; sizes are at least 1", f.name)}
				}
			}
			times, err := timeTrainingStep(args[0], s)
			if err != nil {
				return err
			}
			r := benchResult{
				Name: args[0], Peer: "lenz " + version(), Threads: s.threads, Reps: len(times),
				MedianMS: times[len(times)/2], MinMS: times[0], MaxMS: times[len(times)-1], T: s.T, B: s.B, I: s.I, H: s.H,
			}
			r.GFLOPS = 6e-6 * float64(s.T*s.B*gates*s.H*(s.I+s.H)) / r.MedianMS
			c.print("%s: T=%d B=%d I=%d H=%d, %d threads: median %.3f ms, min %.3f, max %.3f of %d steps; %.1f GFLOP/s",
				r.Name, r.T, r.B, r.I, r.H, r.Threads, r.MedianMS, r.MinMS, r.MaxMS, r.Reps, r.GFLOPS)
			return c.object(r)
		},
	}
	f := cmd.Flags()
	f.IntVar(&s.T, "T", 100, "time steps")
	f.IntVar(&s.B, "B", 32, "sequences in a batch")
	f.IntVar(&s.I, "I", 8, "inputs")
	f.IntVar(&s.H, "H", 128, "hidden units")
	f.IntVar(&s.threads, "threads", runtime.NumCPU(), "threads")
	f.IntVar(&s.reps, "reps", 15, "timed steps")
	f.IntVar(&s.warmup, "warmup", 3, "steps before timing")
	return cmd
}

// timeTrainingStep returns the milliseconds of each step, ascending.
func timeTrainingStep(name string, s benchSize) ([]float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.threads))
	params := graph.NewParams(graph.Float32, 1)
	program, err := benchProgram(params, name, s)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		return nil, err
	}
	model := params.ValueGrads()
	debug.FreeOSMemory()
	var times []float64
	for i := range s.warmup + s.reps {
		start := time.Now()
		if err := program.Run(); err != nil {
			return nil, err
		}
		if err := adam.Step(model); err != nil {
			return nil, err
		}
		if i >= s.warmup {
			times = append(times, time.Since(start).Seconds()*1e3)
		}
	}
	slices.Sort(times)
	return times, nil
}

func benchProgram(params *graph.Params, name string, s benchSize) (*graph.Program, error) {
	var layer *layers.Recurrent
	var err error
	config := layers.DefaultConfig(s.I, s.H)
	switch name {
	case "lstm":
		layer, err = layers.NewLSTM(params, "rnn", config)
	case "gru":
		layer, err = layers.NewGRU(params, "rnn", false, config)
	default:
		layer, err = layers.NewRNN(params, "rnn", false, config)
	}
	if err != nil {
		return nil, err
	}
	head, err := layers.NewLinear(params, "head", s.H, 1, true, layers.Torch)
	if err != nil {
		return nil, err
	}
	b := graph.NewBuilder(params, graph.Training())
	hs, _ := layer.Apply(b, b.Input("x", s.T, s.B, s.I), nil, nil)
	program, err := b.Compile(b.Loss(graph.MSE(), head.Apply(b, hs), b.Input("y", s.T, s.B, 1), nil))
	if err != nil {
		return nil, err
	}
	r := rand.New(rng.New(1, "bench"))
	for _, in := range []struct {
		name string
		n    int
	}{{"x", s.T * s.B * s.I}, {"y", s.T * s.B}} {
		v := make([]float64, in.n)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		if err := program.Set(in.name, v); err != nil {
			return nil, err
		}
	}
	return program, nil
}
