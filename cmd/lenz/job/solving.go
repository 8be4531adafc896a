package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/train"
)

// solving trains forecasters whose weights are the solution of an equation: one pass through the training part in the order of time, as one
// stream that carries its state. What comes after is as for all forecasters.
type solving struct{ forecasting }

// IsSolved tells whether a model's weights are the solution of an equation.
func IsSolved(model string) bool {
	_, ok := kindOf(model).(*solving)
	return ok
}

// streamChunk is how many rows of the stream stand in a batch; steadyWork how many operations of an online readout are some tenths of a second.
const (
	streamChunk = 2048
	steadyWork  = 5e7
)

// chunk is the rows of a batch of the model: fewer where each of them takes long, since a run can be stopped between batches. Readouts that
// learn online take rows one by one, so that the bits are the same.
func (c *Config) chunk(m models.Model) int {
	features := 0.0
	for _, p := range m.Params().All() {
		features += float64(p.Shape()[0])
	}
	work := 0.0
	switch c.Model.Set["learner"] {
	case "lms":
		work = 30 * features // with some links of each unit
	case "rls":
		work = 3 * features * features
	}
	return int(max(1, min(streamChunk, steadyWork/max(work, 1))))
}

// gradientOnly are settings of learning by gradients: those of the optimizer, and what else has to do with steps.
var gradientOnly = []string{"optimizer", "optimizer-set", "lr", "clip-norm", "clip-value", "agc", "centralize", "l2", "decay", "group", "accumulate",
	"lookahead", "ema", "swa", "sam", "schedule", "schedule-set", "warmup", "patience", "epochs", "on-nan", "rollbacks", "rollback-rate",
	"tbptt", "batch", "stride", "init"}

func (k *solving) uses(option string) bool {
	return k.forecasting.uses(option) && !slices.Contains(gradientOnly, option)
}

func (k *solving) prepare(ctx context.Context, s *session) (*plan, error) {
	c := s.Config
	c.Window.TBPTT, c.Train.Epochs = 0, 1
	data, err := c.Data.Load()
	if err != nil {
		return nil, err
	}
	if err := s.verify(data.Checksums); err != nil {
		return nil, err
	}
	if k.task, err = c.Task(data); err != nil {
		return nil, err
	}
	model, closed, err := c.buildSolved(ctx, k.task)
	if err != nil {
		return nil, err
	}
	k.model, k.best = model, train.NewBestWeights(model.Params())
	return &plan{
		learner: train.ClosedForm(closed), data: train.Data{Train: k.task.Train, Valid: k.task.Valid}, observers: []train.Observer{k.best},
		what: k.task.String(), stem: stem(c.Data.Data, c.Model.Model), checksums: data.Checksums, parameters: model.Params().Count(),
		notes: slices.Concat(data.Notes, k.task.Notes),
	}, nil
}

// buildSolved makes the model for a task, whose training part becomes one stream, and what its learner drives.
func (c *Config) buildSolved(ctx context.Context, t *Task) (models.Model, *saved, error) {
	if t.Windows == nil {
		return nil, nil, fmt.Errorf("%s forecasts series, %s has labelled sequences: use lstm, gru or rnn for them", c.Model.Model, c.Data.Data)
	}
	if err := c.suitSeries(t); err != nil {
		return nil, nil, err
	}
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return nil, nil, err
	}
	model, err := entry.NewWithContext(ctx, c.Model.Set, t.Layout, c.Train.Seed)
	if err != nil {
		return nil, nil, err
	}
	closed, ok := model.(train.ClosedFormModel)
	if !ok {
		return nil, nil, errors.Join(fmt.Errorf("%s is not solved in closed form", c.Model.Model), model.Close())
	}
	if t.Train, err = t.Windows.Stream(datasets.Train, datasets.StreamOptions{Streams: 1, Chunk: c.chunk(model)}); err != nil {
		return nil, nil, errors.Join(err, model.Close())
	}
	return model, &saved{closed, model.Params()}, nil
}

// suitSeries makes a network hear trends softly, and holds a reservoir's washout and size against the training part and the machine. Where the user gave no washout, one that would
// take more than a quarter of the longest series becomes a quarter. Settings that are chosen elsewhere, by the search of a study, are left alone.
func (c *Config) suitSeries(t *Task, chosen ...string) error {
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	resolved, err := entry.Resolve(c.Model.Set)
	if err != nil {
		return err
	}
	if err := checkStatistics(c.Model.Model, resolved); err != nil {
		return err
	}
	c.suitTrend(t, chosen)
	if slices.Contains(chosen, "washout") {
		return nil
	}
	rows := 0
	for _, s := range t.Windows.Split().Parts[datasets.Train] {
		rows = max(rows, s.Rows())
	}
	washout, err := strconv.Atoi(resolved["washout"])
	if err != nil {
		return nil // the model has none
	}
	if _, asked := c.Model.Set["washout"]; !asked && washout > rows/4 {
		c.Model.Set = withDefault(c.Model.Set, "washout", strconv.Itoa(rows/4))
		t.Notes = append(t.Notes, fmt.Sprintf("the washout is %d rows, a quarter of the training part, in place of %d: the series is short", rows/4, washout))
		return nil
	}
	if washout >= rows-1 {
		return fmt.Errorf("%s: a washout of %d rows leaves nothing of the training part, which has %d: give --set washout=%d or less, or more data", c.Model.Model, washout, rows, rows/4)
	}
	return nil
}

// strongTrend is the share of a column's variance that a straight line explains, above which the column counts as one that leaves the range that it
// was learnt in.
const strongTrend = 0.5

// onTrends are the settings of an echo state network for columns with a trend: units that hear softly stay where tanh is nearly straight, also
// beyond what they have learnt, and the changes of a series that grows go on where its values do not.
var onTrends = []Assignment{{"increment", "true"}, {"input_scale", "0.1"}}

// suitTrend gives an echo state network these settings where a column has a trend in the training part, but for those that the user gave or that are
// chosen elsewhere. Layers of networks gain less from them and sometimes lose: they are told of the settings.
func (c *Config) suitTrend(t *Task, chosen []string) {
	deep := c.Model.Model == "deep-esn"
	if c.Model.Model != "esn" && !deep {
		return
	}
	var free []string
	for _, a := range onTrends {
		if _, asked := c.Model.Set[a.Name]; !asked && !slices.Contains(chosen, a.Name) {
			free = append(free, a.Name+"="+a.Text)
		}
	}
	column, share := t.steepest()
	if share <= strongTrend || len(free) == 0 {
		return
	}
	what := "so it learns changes from the last value, through small input weights: " + strings.Join(free, " and ") + "; give others with --set"
	if deep {
		what = "so let it learn changes, through small input weights: try --set " + strings.Join(free, " --set ")
	} else {
		for _, a := range onTrends {
			c.Model.Set = withDefault(c.Model.Set, a.Name, a.Text)
		}
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%s has a trend (a straight line explains %.0f%% of its variance in the training part), and later values lie beyond what the network has learnt, %s",
		column, 100*share, what))
}

// steepest finds the input of which a straight line explains most of the variance in the training part, and the share: of several series
// the mean over their rows.
func (t *Task) steepest() (column string, share float64) {
	for _, name := range t.Layout.Inputs {
		sum, count := 0.0, 0.0
		for _, s := range t.Windows.Split().Parts[datasets.Train] {
			values, err := s.Series.Column(name)
			if err != nil {
				continue // a feature of the calendar, which has no trend
			}
			rows := make([]float64, s.Rows())
			for i := range rows {
				rows[i] = float64(i)
			}
			count += float64(len(rows))
			if r := stat.Correlation(rows, values[s.From:s.To], nil); !math.IsNaN(r) { // as it is of a constant
				sum += float64(len(rows)) * r * r
			}
		}
		if count > 0 && sum/count > share {
			column, share = name, sum/count
		}
	}
	return column, share
}

func (k *solving) settle(c *Config) error {
	entry, err := catalog.Lookup(c.Model.Model)
	if err != nil {
		return err
	}
	c.Model.Set, err = entry.Resolve(c.Model.Set)
	return err
}

func (k *solving) extended(_, _ *Config) []string { return nil }

// saved adds the solved weights to the state of a closed-form model, so that a checkpoint holds both.
type saved struct {
	train.ClosedFormModel
	weights train.Stateful
}

func (s *saved) State() train.State {
	out := train.State{"weights": s.weights.State()}
	if m, ok := s.ClosedFormModel.(train.Stateful); ok {
		out["sums"] = m.State()
	}
	return out
}

func (s *saved) Restore(from train.State) error {
	for key, part := range map[string]any{"weights": s.weights, "sums": s.ClosedFormModel} {
		if m, ok := part.(train.Stateful); ok {
			kept, ok := from[key].(train.State)
			if !ok {
				return fmt.Errorf("the saved state of the model has no %s", key)
			}
			if err := m.Restore(kept); err != nil {
				return err
			}
		}
	}
	return nil
}
