package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"lenz/graph"
	"lenz/graph/kernel"
	"lenz/internal/near"
	"lenz/internal/rng"
	"lenz/layers"
	"lenz/optim"
)

// benchSize is what is timed; the flags have these names.
type benchSize struct {
	T, B, I, H            int
	m, n, k, steps        int
	dtype                 string
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
	T        int     `json:"T,omitempty"`
	B        int     `json:"B,omitempty"`
	I        int     `json:"I,omitempty"`
	H        int     `json:"H,omitempty"`
	M        int     `json:"m,omitempty"`
	N        int     `json:"n,omitempty"`
	K        int     `json:"k,omitempty"`
	Dtype    string  `json:"dtype,omitempty"`
	Steps    int     `json:"steps,omitempty"`
	GFLOPS   float64 `json:"gflops,omitempty"`
}

// benchTable is the JSON object of lenz bench --all.
type benchTable struct {
	PeakGFLOPS float64       `json:"peak_gflops"` // of one thread
	Results    []benchResult `json:"results"`
}

// benchGates are the cells that can be timed, with the number of their gates.
var benchGates = map[string]int{"rnn": 1, "gru": 3, "lstm": 4}

// benchNames are all that can be timed.
var benchNames = []string{"lstm", "gru", "rnn", "stream", "adam", "tanh", "sigmoid", "gemm"}

// benchAll are the rows of lenz bench --all.
var benchAll = []struct {
	name string
	size benchSize
}{
	{"lstm", benchSize{T: 100, B: 16, I: 1, H: 64}},
	{"lstm", benchSize{T: 100, B: 32, I: 8, H: 128}},
	{"lstm", benchSize{T: 50, B: 64, I: 64, H: 256}},
	{"gru", benchSize{T: 100, B: 32, I: 8, H: 128}},
	{"rnn", benchSize{T: 100, B: 32, I: 8, H: 128}},
	{"stream", benchSize{H: 64, steps: 10000}},
	{"adam", benchSize{n: 524288}},
	{"tanh", benchSize{n: 16384}},
	{"sigmoid", benchSize{n: 16384}},
	{"gemm", benchSize{m: 32, n: 512, k: 128, dtype: "float32"}},
	{"gemm", benchSize{m: 64, n: 1024, k: 256, dtype: "float32"}},
	{"gemm", benchSize{m: 512, n: 512, k: 512, dtype: "float32"}},
	{"gemm", benchSize{m: 512, n: 512, k: 512, dtype: "float64"}},
}

func newBench(c *console) *cobra.Command {
	var s benchSize
	var all bool
	cmd := &cobra.Command{
		Use:   "bench lstm|gru|rnn|stream|adam|tanh|sigmoid|gemm",
		Short: "Time a training step or a kernel on this machine",
		Long: `bench times, by name:

  lstm, gru, rnn   one training step: a recurrent layer over T steps of B sequences of I inputs with H hidden units, a linear
                   readout to one output at every step, the mean squared error, the backward pass and Adam
  stream           an LSTM of H units with a readout that reads one value at a time, for all steps
  adam             one step of Adam over eight tensors of n/8 values
  tanh, sigmoid    n values
  gemm             the product of an m x k and a k x n matrix

With --all it times a table of them, beside the peak of one thread, the rate of a product that stays in the cache.`,
		Example: "  lenz bench lstm --T 100 --B 32 --I 8 --H 128 --threads 2 --json\n  lenz bench gemm --m 512 --n 512 --k 512 --dtype float64\n  lenz bench --all",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return usageError{fmt.Errorf("want one of %v, or --all", benchNames)}
			}
			if all {
				return benchEverything(c, s)
			}
			r, err := benchOne(args[0], s)
			if err != nil {
				return err
			}
			c.print("%s", r)
			return c.object(r)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "time a table of everything")
	f.IntVar(&s.T, "T", 100, "time steps")
	f.IntVar(&s.B, "B", 32, "sequences in a batch")
	f.IntVar(&s.I, "I", 8, "inputs")
	f.IntVar(&s.H, "H", 128, "hidden units")
	f.IntVar(&s.m, "m", 512, "rows of a product")
	f.IntVar(&s.n, "n", 0, "columns of a product, or values (0: 512 for gemm, 524288 for adam, 16384 for tanh and sigmoid)")
	f.IntVar(&s.k, "k", 512, "terms of a product's sums")
	f.IntVar(&s.steps, "steps", 10000, "steps of a stream")
	f.StringVar(&s.dtype, "dtype", "float32", "precision of a product: float32 or float64")
	f.IntVar(&s.threads, "threads", runtime.NumCPU(), "threads")
	f.IntVar(&s.reps, "reps", 15, "timed steps")
	f.IntVar(&s.warmup, "warmup", 3, "steps before timing")
	return cmd
}

// check returns the first setting that is out of bounds.
func (s *benchSize) check(name string) error {
	if s.n == 0 {
		s.n = map[string]int{"gemm": 512, "adam": 524288}[name]
		if s.n == 0 {
			s.n = 16384
		}
	}
	for _, f := range []struct {
		name string
		v    int
	}{{"T", s.T}, {"B", s.B}, {"I", s.I}, {"H", s.H}, {"m", s.m}, {"n", s.n}, {"k", s.k}, {"steps", s.steps},
		{"threads", s.threads}, {"reps", s.reps}, {"warmup", s.warmup + 1}} {
		if f.v < 1 {
			return usageError{fmt.Errorf("--%s is too small; sizes are at least 1", f.name)}
		}
	}
	if s.dtype != "float32" && s.dtype != "float64" {
		return usageError{fmt.Errorf("--dtype is %q, want float32 or float64", s.dtype)}
	}
	return nil
}

// benchOne times one thing.
func benchOne(name string, s benchSize) (benchResult, error) {
	r := benchResult{Name: name, Peer: "lenz " + version(), Threads: s.threads}
	if err := s.check(name); err != nil {
		return r, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.threads))
	var times []float64
	var err error
	var flops float64
	switch name {
	case "lstm", "gru", "rnn":
		r.T, r.B, r.I, r.H = s.T, s.B, s.I, s.H
		flops = 6 * float64(s.T*s.B*benchGates[name]*s.H*(s.I+s.H))
		times, err = timeTrainingStep(name, s)
	case "stream":
		r.H, r.Steps = s.H, s.steps
		times, err = timeStream(s)
	case "adam":
		r.N = s.n
		times, err = timeAdam(s)
	case "tanh":
		r.N = s.n
		times, err = timeVector(kernel.Tanh[float32], s)
	case "sigmoid":
		r.N = s.n
		times, err = timeVector(kernel.Sigmoid[float32], s)
	case "gemm":
		r.M, r.N, r.K, r.Dtype = s.m, s.n, s.k, s.dtype
		flops = 2 * float64(s.m) * float64(s.n) * float64(s.k)
		if s.dtype == "float64" {
			times, err = timeGemm[float64](s)
		} else {
			times, err = timeGemm[float32](s)
		}
	default:
		err = usageError{fmt.Errorf("cannot time %q%s; want one of %v", name, near.Suggest(name, benchNames), benchNames)}
	}
	if err != nil {
		return r, err
	}
	r.Reps, r.MedianMS, r.MinMS, r.MaxMS = len(times), times[len(times)/2], times[0], times[len(times)-1]
	r.GFLOPS = flops / r.MedianMS / 1e6
	return r, nil
}

// String is the result as a line.
func (r benchResult) String() string {
	var sizes strings.Builder
	for _, f := range []struct {
		name string
		v    int
	}{{"T", r.T}, {"B", r.B}, {"I", r.I}, {"H", r.H}, {"m", r.M}, {"n", r.N}, {"k", r.K}, {"steps", r.Steps}} {
		if f.v > 0 {
			fmt.Fprintf(&sizes, " %s=%d", f.name, f.v)
		}
	}
	line := fmt.Sprintf("%-8s%-34s median %9.4f ms, min %9.4f, max %9.4f of %d on %d threads", r.Name, sizes.String()+" "+r.Dtype, r.MedianMS, r.MinMS, r.MaxMS, r.Reps, r.Threads)
	if r.GFLOPS > 0 {
		line += fmt.Sprintf("; %.1f GFLOP/s", r.GFLOPS)
	}
	return line
}

// benchEverything times the rows of benchAll.
func benchEverything(c *console, common benchSize) error {
	table := benchTable{PeakGFLOPS: peakGFLOPS()}
	c.print("peak of one thread: %.1f GFLOP/s in float32", table.PeakGFLOPS)
	for _, row := range benchAll {
		s := common
		for _, f := range []struct {
			to *int
			v  int
		}{{&s.T, row.size.T}, {&s.B, row.size.B}, {&s.I, row.size.I}, {&s.H, row.size.H}, {&s.m, row.size.m}, {&s.n, row.size.n}, {&s.k, row.size.k}, {&s.steps, row.size.steps}} {
			if f.v > 0 {
				*f.to = f.v
			}
		}
		if row.size.dtype != "" {
			s.dtype = row.size.dtype
		}
		r, err := benchOne(row.name, s)
		if err != nil {
			return err
		}
		share := ""
		if r.GFLOPS > 0 {
			peak := table.PeakGFLOPS * float64(r.Threads)
			if r.Dtype == "float64" {
				peak /= 2
			}
			share = fmt.Sprintf(", %.0f%% of peak", 100*r.GFLOPS/peak)
		}
		c.print("%s%s", r, share)
		table.Results = append(table.Results, r)
	}
	return c.object(table)
}

// timeTrainingStep returns the milliseconds of each step, ascending.
func timeTrainingStep(name string, s benchSize) ([]float64, error) {
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
	return timed(s, func() error {
		if err := program.Run(); err != nil {
			return err
		}
		return adam.Step(model)
	})
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
