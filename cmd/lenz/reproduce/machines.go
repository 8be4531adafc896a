package reproduce

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"lenz/datasets"
	"lenz/internal/plusminus"
	"lenz/internal/rng"
	"lenz/models/boltzmann"
	"lenz/optim"
	"lenz/train"
	"lenz/train/chaos"
	"lenz/train/report"
)

// falling is an optimizer whose rate falls to zero along half a cosine over the updates.
func falling(c interface {
	New() (optim.Optimizer, error)
}, updates int) (optim.Optimizer, error) {
	o, err := c.New()
	if err != nil {
		return nil, err
	}
	s, err := optim.DefaultCosine().New()
	if err != nil {
		return nil, err
	}
	return optim.WithSchedule(o, s, updates)
}

func boltzmannEncoder() Experiment {
	return Experiment{
		Name: "boltzmann-encoder", Title: "The 4-2-4 encoder is learnt by a Boltzmann machine with annealing",
		Source: "Ackley, Hinton and Sejnowski 1985, section 4.1: all of 250 tests found a solution", Run: runEncoder,
	}
}

// The procedure of the paper: each cycle clamps the four patterns with noise, anneals, and moves every weight by a fixed step along the
// sign of its gradient. Temperatures are scaled so that the last one is 1 and a step 0.2 (10 and 2 in the paper).
const (
	encoderCopies = 5    // noisy copies of each pattern, and as many free chains
	encoderOff    = 0.15 // chance that a unit that should be on is off
	encoderOn     = 0.05 // chance that a unit that should be off is on
	encoderStep   = 0.4
	encoderLimit  = 4000 // cycles after which a machine has failed
	encoderEvery  = 10   // cycles between looks
)

// runEncoder trains machines from different weights. One has found the encoder when, given either group, the partner is the most probable
// state of the other group, for all four patterns: exactly, by summing over all states.
func runEncoder(ctx context.Context, o Options) (*Result, error) {
	runs, shown := 250, 12
	if o.Quick {
		runs = 80
	}
	cycles, courses := make([]float64, runs), make([][]float64, runs)
	err := parallel(ctx, runs, func(i int) error {
		var err error
		cycles[i], courses[i], err = encoder(ctx, rng.New(o.Seed, "encoder").Split(uint64(i)).At(0))
		return err
	})
	if err != nil {
		return nil, err
	}
	share, longest := 0.0, 0.0
	panel := report.Panel{X: report.Axis{Name: "cycle", Whole: true}, Y: report.Axis{Name: "log p of a pattern, nats"}}
	for i, n := range cycles {
		longest = max(longest, n)
		if n <= encoderLimit {
			share += 1 / float64(runs)
		}
		if i < shown {
			line := report.Line{Color: report.Blue, Y: courses[i]}
			if i == 0 {
				line.Name = fmt.Sprintf("%d of the machines, until they find it", shown)
			}
			for k := range courses[i] {
				line.X = append(line.X, float64(k*encoderEvery))
			}
			panel.Lines = append(panel.Lines, line)
		}
	}
	best := -math.Log(4)
	shownTo := 0.0
	for _, line := range panel.Lines {
		shownTo = max(shownTo, line.X[len(line.X)-1])
	}
	panel.Lines = append(panel.Lines, report.Line{Name: "best possible, -ln 4", Color: report.Vermilion, X: []float64{0, shownTo}, Y: []float64{best, best}})
	slices.Sort(cycles)
	solved := report.Line{Name: "share that has found it", Color: report.Green}
	for i, n := range cycles {
		if n <= encoderLimit {
			solved.X, solved.Y = append(solved.X, max(n, 1)), append(solved.Y, float64(i+1)/float64(runs))
		}
	}
	byCycle := report.Panel{X: report.Axis{Name: "cycle", Log: true}, Y: report.Axis{Name: "share of machines", Zero: true}, Lines: []report.Line{solved}}
	median := cycles[runs/2]
	return &Result{
		Checks: []Check{{What: "share of machines that find the encoder", Reference: 1, Source: "Ackley et al. 1985: 250 of 250", Value: share, Error: shareError(share, runs), Tolerance: 0.06}},
		Notes:  []string{fmt.Sprintf("half of the machines need at most %.0f cycles, the slowest %.0f; the paper has 110 and 1810", median, longest)},
		Figures: []report.Figure{{Name: "encoder", Title: "Learning the 4-2-4 encoder", Panels: []report.Panel{byCycle, panel},
			Caption: "Two hidden units become a two-bit code. Above: the share of machines that have found it; below: the likelihood of the four patterns, which steps of fixed size keep moving until every pattern has a code of its own."}},
	}, nil
}

// encoder trains one machine until it has found the encoder, and returns the cycles that it took, more than the limit if it has not.
func encoder(ctx context.Context, seed uint64) (float64, []float64, error) {
	c := boltzmann.DefaultMachine()
	c.Hidden, c.Groups, c.Scale, c.Particles = 2, []int{4, 4}, 0, 4*encoderCopies
	c.Temperatures, c.Sweeps, c.Collect = []float64{2, 1.5, 1.2, 1}, 2, 10
	m, err := c.New(datasets.Layout{Kind: datasets.PerSequence, Input: 1, Batch: 4 * encoderCopies, Inputs: make([]string, 8)}, seed)
	if err != nil {
		return 0, nil, err
	}
	sign := optim.DefaultAdam() // without memory its step is the sign of the gradient
	sign.Rate, sign.Beta1, sign.Beta2 = encoderStep, 0, 0
	solver, err := sign.New()
	if err != nil {
		return 0, nil, err
	}
	learner := train.Gradient(m, solver)
	noise := rand.New(rng.New(seed, "clamping"))
	clean := make([]float64, 4*8)
	for k := range 4 {
		clean[k*8+k], clean[k*8+4+k] = 1, 1
	}
	var course []float64
	for cycle := 0; cycle <= encoderLimit; cycle++ {
		if cycle%encoderEvery == 0 {
			l, err := m.Likelihood(ctx, clean, 4, boltzmann.AIS{})
			if err != nil {
				return 0, nil, err
			}
			course = append(course, l.Mean)
			if done, err := solved(m); done || err != nil {
				return float64(cycle), course, err
			}
		}
		if _, err := learner.Learn(ctx, clamped(clean, noise)); err != nil {
			return 0, nil, err
		}
	}
	return encoderLimit + 1, course, nil
}

// clamped returns noisy copies of the patterns as a batch.
func clamped(clean []float64, r *rand.Rand) datasets.Batch {
	b := datasets.Batch{T: 1, B: 4 * encoderCopies, X: datasets.NewArray(1, 4*encoderCopies, 8)}
	for i := range b.X.Data {
		v := clean[i%len(clean)]
		flip := encoderOn
		if v == 1 {
			flip = encoderOff
		}
		if r.Float64() < flip {
			v = 1 - v
		}
		b.X.Data[i] = v
	}
	return b
}

// solved tells whether each group calls up the partner in the other.
func solved(m *boltzmann.MachineModel) (bool, error) {
	for k := range 4 {
		for _, given := range []int{0, 4} {
			if best, err := partner(m, k, given); err != nil || best != k {
				return false, err
			}
		}
	}
	return true, nil
}

// partner returns the most probable state of the other group when unit k of the group at given is on, as its unit; -1 if it is no
// single unit.
func partner(m *boltzmann.MachineModel, k, given int) (int, error) {
	rows := make([]float64, 0, 16*8)
	for s := range 16 {
		row := make([]float64, 8)
		row[given+k] = 1
		for i := range 4 {
			row[4-given+i] = float64(s >> i & 1)
		}
		rows = append(rows, row...)
	}
	logs, err := m.LogLikelihood(rows, 16)
	if err != nil {
		return -1, err
	}
	best := 0
	for s, l := range logs {
		if l > logs[best] {
			best = s
		}
	}
	for i := range 4 {
		if best == 1<<i {
			return i, nil
		}
	}
	return -1, nil
}

func rbmBars() Experiment {
	return Experiment{
		Name: "rbm-bars", Title: "A restricted Boltzmann machine learns bars and stripes",
		Source: "30 equally likely pictures of 4 x 4: the best mean log-likelihood is -ln 30 = -3.401 nats", Run: runBars,
	}
}

// runBars trains machines by persistent contrastive divergence with fast weights (Tieleman and Hinton 2009), and measures by the exact log Z of the 2^16 visible states.
func runBars(ctx context.Context, o Options) (*Result, error) {
	runs, epochs := 6, 20000
	if o.Quick {
		runs, epochs = 3, 6000
	}
	ends, courses := make([]float64, runs), make([]report.Line, runs)
	for i := range runs {
		var err error
		if ends[i], courses[i], err = bar(ctx, epochs, rng.New(o.Seed, "bars").Split(uint64(i)).At(0)); err != nil {
			return nil, err
		}
		o.Say("machine %d: %.4f nats a picture", i+1, ends[i])
	}
	courses[0].Name = "machines"
	best := -math.Log(30)
	courses = append(courses, report.Line{Name: "-ln 30", Color: report.Vermilion, X: []float64{0, float64(epochs)}, Y: []float64{best, best}})
	value, e := chaos.MeanError(ends)
	r := &Result{
		Checks: []Check{{What: "mean log-likelihood of the 30 pictures, nats", Reference: best, Source: "entropy of 30 equally likely pictures, exact", Value: value, Error: e, Tolerance: 0.25}},
		Figures: []report.Figure{{Name: "bars", Title: "Bars and stripes", Panels: []report.Panel{{X: report.Axis{Name: "epoch", Whole: true}, Y: report.Axis{Name: "log-likelihood, nats a picture"}, Lines: courses}},
			Caption: fmt.Sprintf("By persistent contrastive divergence with fast weights, log Z being exact: %s in the end, the best possible being %.3f.", plusminus.Text(value, e), best)}},
	}
	if o.Quick {
		return r, nil
	}
	exact, err := exactBars(ctx, o.Seed)
	r.Checks = append(r.Checks, Check{What: "the same, learnt by the exact gradient", Reference: best, Source: "entropy of 30 equally likely pictures, exact", Value: exact, Tolerance: 0.06})
	return r, err
}

// exactBars follows the exact gradient of the likelihood, a sum over the 2^16 states in every step.
func exactBars(ctx context.Context, seed uint64) (float64, error) {
	table, err := datasets.BarsAndStripes(4)
	if err != nil {
		return 0, err
	}
	src, err := table.Source(datasets.SourceOptions{Batch: table.Rows})
	if err != nil {
		return 0, err
	}
	c := boltzmann.DefaultRBM()
	c.Hidden, c.Chains, c.Scale, c.Monitor = 24, "exact", 0.1, "likelihood"
	m, err := c.New(src.Layout(), seed)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	adam := optim.DefaultAdam()
	adam.Rate = 0.05
	solver, err := adam.New()
	if err != nil {
		return 0, err
	}
	if _, err := train.Fit(ctx, train.Gradient(m, solver), train.Data{Train: src}, train.Epochs(800)); err != nil {
		return 0, err
	}
	src.Reset(0)
	batch, _ := src.Next()
	loss, _, err := m.Loss(ctx, batch)
	return -loss, err
}

func bar(ctx context.Context, epochs int, seed uint64) (float64, report.Line, error) {
	line := report.Line{Color: report.Blue}
	table, err := datasets.BarsAndStripes(4)
	if err != nil {
		return 0, line, err
	}
	src, err := table.Source(datasets.SourceOptions{Batch: table.Rows})
	if err != nil {
		return 0, line, err
	}
	c := boltzmann.DefaultRBM()
	c.Hidden, c.Chains, c.Particles, c.Scale, c.FastRate, c.Monitor = 24, "fpcd", 300, 0.1, 0.05, "likelihood"
	m, err := c.New(src.Layout(), seed)
	if err != nil {
		return 0, line, err
	}
	defer m.Close()
	solver, err := falling(optim.DefaultMomentum(), epochs)
	if err != nil {
		return 0, line, err
	}
	batch, _ := src.Next()
	batch = batch.Clone()
	watch := train.ObserverFunc(func(e train.Event) error {
		if e.Kind != train.EpochEnd || e.Epoch%(epochs/40) != 0 {
			return nil
		}
		loss, _, err := m.Loss(ctx, batch)
		line.X, line.Y = append(line.X, float64(e.Epoch)), append(line.Y, -loss)
		return err
	})
	if _, err := train.Fit(ctx, train.Gradient(m, solver), train.Data{Train: src}, train.Epochs(epochs), train.Watch(watch)); err != nil {
		return 0, line, err
	}
	return line.Y[len(line.Y)-1], line, nil
}

// shareError is the standard error of a share of n tries. With no failure, or no success, it is not zero: one more try may be the first.
func shareError(share float64, n int) float64 {
	return math.Sqrt((share*(1-share) + 1/float64(n)) / float64(n))
}
