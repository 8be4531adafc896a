package reproduce

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/models"
	"lenz/models/boltzmann"
	"lenz/optim"
	"lenz/train"
	"lenz/train/chaos"
	"lenz/train/report"
)

func rbmDigits() Experiment {
	return Experiment{
		Name: "rbm-digits", Title: "Digits moved by a pixel, classified by the features of a restricted Boltzmann machine",
		Source: "scikit-learn's example of BernoulliRBM: accuracy 0.93 with logistic regression on 8 x 8 digits, 0.78 on their pixels", Run: runRBMDigits,
	}
}

// runRBMDigits follows the example: all digits and their four moves by a pixel, a fifth of the rows for testing, 100 hidden units of
// persistent contrastive divergence with rate 0.06 and batches of 10 for 10 epochs, then softmax regression on the hidden probabilities.
func runRBMDigits(ctx context.Context, o Options) (*Result, error) {
	repeats := 8
	if o.Quick {
		repeats = 4
	}
	features, raw := make([]float64, repeats), make([]float64, repeats)
	var filters []float64
	for i := range repeats {
		seed := rng.New(o.Seed, "rbm digits").Split(uint64(i)).At(0)
		trained, test, err := movedDigits(seed)
		if err != nil {
			return nil, err
		}
		m, err := digitMachine(ctx, trained, seed)
		if err != nil {
			return nil, err
		}
		filters = m.Filters()
		if features[i], err = softmax(ctx, trained, test, m.Hidden, seed); err == nil {
			raw[i], err = softmax(ctx, trained, test, nil, seed)
		}
		if err != nil {
			return nil, err
		}
		if err := m.Close(); err != nil {
			return nil, err
		}
		o.Say("repeat %d: accuracy %.4f on features, %.4f on pixels", i+1, features[i], raw[i])
	}
	value, e := chaos.MeanError(features)
	pixels, pixelsError := chaos.MeanError(raw)
	return &Result{
		Checks: []Check{
			{What: "accuracy on features", Reference: 0.93, Source: "scikit-learn, plot_rbm_logistic_classification", Value: value, Error: e, Tolerance: 0.03},
			{What: "accuracy on pixels", Reference: 0.78, Source: "scikit-learn, plot_rbm_logistic_classification", Value: pixels, Error: pixelsError, Tolerance: 0.03},
		},
		Figures: []report.Figure{accuracyFigure(features, raw), filterFigure(filters, 100)},
	}, nil
}

// accuracyFigure draws the accuracies of all repeats beside the published ones.
func accuracyFigure(features, pixels []float64) report.Figure {
	x := make([]float64, len(features))
	for i := range x {
		x[i] = float64(i + 1)
	}
	p := report.Panel{X: report.Axis{Name: "repeat", Whole: true}, Y: report.Axis{Name: "accuracy"}}
	p.Lines = append(levels([]string{"scikit-learn, features", "scikit-learn, pixels"}, []float64{0.93, 0.78}, 1, x[len(x)-1]),
		report.Line{Name: "on features", Color: report.Blue, X: x, Y: features, Dots: true},
		report.Line{Name: "on pixels", Color: report.Ink, X: x, Y: pixels, Dots: true})
	return report.Figure{Name: "accuracy", Title: "Digits classified by features and by pixels", Panels: []report.Panel{p},
		Caption: "Softmax regression on the hidden probabilities of the machine and on the pixels; each repeat has moves, split and weights of its own."}
}

// filterFigure shows how the filters' weights are spread, as sorted curves: a machine has learnt when some are far from the rest.
func filterFigure(w []float64, hidden int) report.Figure {
	size := len(w) / hidden
	panel := report.Panel{X: report.Axis{Name: "pixel, by weight", Whole: true}, Y: report.Axis{Name: "weight"}}
	for j := 0; j < hidden; j += hidden / 12 {
		row := slices.Clone(w[j*size : (j+1)*size])
		slices.Sort(row)
		line := report.Line{Color: report.Blue, Y: row}
		if j == 0 {
			line.Name = "hidden units, each a line"
		}
		for i := range row {
			line.X = append(line.X, float64(i))
		}
		panel.Lines = append(panel.Lines, line)
	}
	return report.Figure{Name: "weights", Title: "Weights of hidden units", Panels: []report.Panel{panel},
		Caption: "The weights of some hidden units to the 64 pixels, sorted: units answer to few pixels strongly and to most hardly. lenz train --model rbm draws them as pictures."}
}

// movedDigits returns all digits and their moves by a pixel, scaled to [0, 1], in random order, four fifths for training.
func movedDigits(seed uint64) (trained, test *datasets.Table, err error) {
	d, err := datasets.Open("digits", nil)
	if err != nil {
		return nil, nil, err
	}
	t := datasets.Table{Name: "moved digits", Columns: d.Tables.Train.Columns, Classes: 10, Height: 8, Width: 8}
	for _, part := range []*datasets.Table{d.Tables.Train, d.Tables.Valid, d.Tables.Test} {
		for i := range part.Rows {
			for _, move := range [][2]int{{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}} {
				t.Values = append(t.Values, moved(part.Row(i), move[0], move[1])...)
				t.Labels = append(t.Labels, part.Labels[i])
				t.Rows++
			}
		}
	}
	shuffled := t
	shuffled.Values, shuffled.Labels = nil, nil
	for _, i := range rand.New(rng.New(seed, "split")).Perm(t.Rows) {
		shuffled.Values = append(shuffled.Values, t.Values[i*64:(i+1)*64]...)
		shuffled.Labels = append(shuffled.Labels, t.Labels[i])
	}
	all, err := datasets.NewTable(shuffled)
	if err != nil {
		return nil, nil, err
	}
	parts, err := all.Split(datasets.SplitSpec{Train: 0.8, Test: 0.2})
	if err != nil {
		return nil, nil, err
	}
	return parts.Train, parts.Test, nil
}

// moved shifts a picture; what comes in is 0.
func moved(row []float32, dy, dx int) []float32 {
	out := make([]float32, 64)
	for y := range 8 {
		for x := range 8 {
			if fy, fx := y-dy, x-dx; fy >= 0 && fy < 8 && fx >= 0 && fx < 8 {
				out[y*8+x] = row[fy*8+fx]
			}
		}
	}
	return out
}

func digitMachine(ctx context.Context, t *datasets.Table, seed uint64) (*boltzmann.RBMModel, error) {
	src, err := t.Source(datasets.SourceOptions{Shuffle: true, Seed: seed, Batch: 10})
	if err != nil {
		return nil, err
	}
	c := boltzmann.DefaultRBM()
	c.Hidden, c.Chains = 100, "pcd"
	m, err := c.New(src.Layout(), seed)
	if err != nil {
		return nil, err
	}
	sgd := optim.DefaultSGD()
	sgd.Rate = 0.06
	solver, err := sgd.New()
	if err != nil {
		return nil, err
	}
	_, err = train.Fit(ctx, train.Gradient(m, solver), train.Data{Train: src}, train.Epochs(10))
	return m, err
}

// softmax trains softmax regression on a table, or on what see makes of its rows, and returns the accuracy on the test part.
func softmax(ctx context.Context, trained, test *datasets.Table, see func(rows []float64, n int) ([]float64, error), seed uint64) (float64, error) {
	view := func(t *datasets.Table) (*datasets.Table, error) {
		if see == nil {
			return t, nil
		}
		rows := make([]float64, len(t.Values))
		for i, v := range t.Values {
			rows[i] = float64(v)
		}
		h, err := see(rows, t.Rows)
		if err != nil {
			return nil, err
		}
		out := datasets.Table{Name: t.Name, Rows: t.Rows, Columns: make([]string, len(h)/t.Rows), Labels: t.Labels, Classes: t.Classes, Values: make([]float32, len(h))}
		for i, v := range h {
			out.Values[i] = float32(v)
		}
		return datasets.NewTable(out)
	}
	a, err := view(trained)
	if err != nil {
		return 0, err
	}
	b, err := view(test)
	if err != nil {
		return 0, err
	}
	p := graph.NewParams(graph.Float32, seed)
	w, err := p.Add("weight", graph.Zeros(), 10, len(a.Columns))
	if err != nil {
		return 0, err
	}
	bias, err := p.Add("bias", graph.Zeros(), 10)
	if err != nil {
		return 0, err
	}
	net := models.NewPrototype(p, func(g *graph.Builder, in models.Inputs) (pred, loss *graph.Node) {
		pred = g.Linear(g.Reshape(in.X, in.X.Shape()[1], len(a.Columns)), g.Param(w), g.Param(bias))
		if in.Y != nil {
			loss = g.Loss(graph.Softmax(10), pred, in.Y, nil)
		}
		return pred, loss
	})
	defer net.Close()
	return classify(ctx, net, a, b, 60, 0.05, seed)
}

// classify trains a classifier by Adam whose rate falls, and returns its accuracy on the test part.
func classify(ctx context.Context, net *models.Prototype, trained, test *datasets.Table, epochs int, rate float64, seed uint64) (float64, error) {
	src, err := trained.Source(datasets.SourceOptions{Shuffle: true, Seed: seed, Batch: min(100, trained.Rows)})
	if err != nil {
		return 0, err
	}
	adam := optim.DefaultAdam()
	adam.Rate = rate
	solver, err := falling(adam, epochs*src.Len())
	if err != nil {
		return 0, err
	}
	if _, err := train.Fit(ctx, train.Gradient(net, solver), train.Data{Train: src}, train.Epochs(epochs)); err != nil {
		return 0, err
	}
	at, err := test.Source(datasets.SourceOptions{Batch: 500})
	if err != nil {
		return 0, err
	}
	right := 0
	for b, ok := at.Next(); ok; b, ok = at.Next() {
		p, err := net.Predict(ctx, b)
		if err != nil {
			return 0, err
		}
		for r := range b.B {
			row := p.Mean.Data[r*test.Classes : (r+1)*test.Classes]
			if slices.Index(row, slices.Max(row)) == int(b.Y.Data[r]) {
				right++
			}
		}
	}
	return float64(right) / float64(test.Rows), nil
}

func dbnDigits() Experiment {
	return Experiment{
		Name: "dbn-digits", Title: "A deep network that begins with a belief network's weights classifies digits better",
		Source: "Hinton, Osindero and Teh 2006; Erhan et al. 2010: pretraining helps where labels are few", Run: runDBNDigits,
	}
}

// runDBNDigits pretrains two machines on all training digits without their labels, and fine-tunes on a few labelled ones; beside it the same
// network from random weights, on the same labels.
func runDBNDigits(ctx context.Context, o Options) (*Result, error) {
	repeats, labels := 30, []int{50, 100, 200, 400}
	if o.Quick {
		labels = []int{100}
	}
	d, err := datasets.Open("digits", nil)
	if err != nil {
		return nil, err
	}
	r := &Result{Rows: []string{fmt.Sprintf("%7s %12s %8s %12s %8s", "labels", "pretrained", "+-", "random", "+-")}}
	pre, plain := report.Line{Name: "pretrained", Color: report.Blue, Dots: true}, report.Line{Name: "random weights", Color: report.Vermilion, Dots: true}
	for _, n := range labels {
		with, without := make([]float64, repeats), make([]float64, repeats)
		better := 0.0
		for i := range repeats {
			seed := rng.New(o.Seed, "dbn digits").Split(uint64(n*1000 + i)).At(0)
			if with[i], without[i], err = deepDigits(ctx, d.Tables, n, seed); err != nil {
				return nil, err
			}
			if with[i] > without[i] {
				better += 1 / float64(repeats)
			}
		}
		a, ea := chaos.MeanError(with)
		b, eb := chaos.MeanError(without)
		r.Rows = append(r.Rows, fmt.Sprintf("%7d %12.4f %8.4f %12.4f %8.4f", n, a, ea, b, eb))
		o.Say("%s", r.Rows[len(r.Rows)-1])
		pre.X, pre.Y = append(pre.X, float64(n)), append(pre.Y, a)
		plain.X, plain.Y = append(plain.X, float64(n)), append(plain.Y, b)
		if n == 100 {
			r.Checks = append(r.Checks, Check{What: "share of repeats in which pretraining is better, 100 labels", Reference: 1, Source: "Hinton et al. 2006, Erhan et al. 2010: better", Value: better, Error: shareError(better, repeats), Tolerance: 0.3})
		}
	}
	r.Figures = []report.Figure{{Name: "labels", Title: "Accuracy by number of labels",
		Caption: "Both networks have the same shape and labels; one begins with the weights of a deep belief network that has seen all training digits without labels.",
		Panels:  []report.Panel{{X: report.Axis{Name: "labelled digits", Whole: true}, Y: report.Axis{Name: "accuracy on the test part"}, Lines: []report.Line{pre, plain}}}}}
	return r, nil
}

// deepDigits returns the accuracies of the pretrained network and of the random one.
func deepDigits(ctx context.Context, parts *datasets.Tables, labels int, seed uint64) (with, without float64, err error) {
	src, err := parts.Train.Source(datasets.SourceOptions{Shuffle: true, Seed: seed, Batch: 50})
	if err != nil {
		return 0, 0, err
	}
	c := boltzmann.DefaultDBN()
	c.Layers = []int{100, 100}
	var nets [2]*boltzmann.DBNModel
	for i := range nets {
		if nets[i], err = c.New(src.Layout(), seed); err != nil {
			return 0, 0, err
		}
		defer nets[i].Close()
	}
	const epochs = 20
	momentum := optim.DefaultMomentum()
	momentum.Rate = 0.1
	for k, m := range nets[0].Machines() {
		solver, err := falling(momentum, epochs*src.Len())
		if err != nil {
			return 0, 0, err
		}
		l, err := train.Stages(train.Stage{Name: "machine", Epochs: epochs, Learner: train.Gradient(m, solver),
			Transform: func(_ context.Context, b datasets.Batch) (datasets.Batch, error) { return nets[0].Input(k, b) }})
		if err != nil {
			return 0, 0, err
		}
		if _, err := train.Fit(ctx, l, train.Data{Train: src}, train.Epochs(epochs)); err != nil {
			return 0, 0, err
		}
	}
	if err := nets[0].Unroll(); err != nil {
		return 0, 0, err
	}
	some := *parts.Train
	some.Rows, some.Values, some.Labels = 0, nil, nil
	for _, i := range rand.New(rng.New(seed, "labels")).Perm(parts.Train.Rows)[:labels] {
		some.Values, some.Labels = append(some.Values, parts.Train.Row(i)...), append(some.Labels, parts.Train.Labels[i])
		some.Rows++
	}
	if with, err = classify(ctx, nets[0].Classifier(), &some, parts.Test, 150, 0.003, seed); err != nil {
		return 0, 0, err
	}
	without, err = classify(ctx, nets[1].Classifier(), &some, parts.Test, 150, 0.003, seed)
	return with, without, err
}
