package train_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/datasets"
	"lenz/graph"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

// toy is a linear model with its learner, in float64, which learns in a few epochs.
func toy(t testing.TB, rate float64) (*traintest.Model, *train.GradientLearner) {
	t.Helper()
	m, err := traintest.NewModel(graph.Float64, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := optim.DefaultAdam()
	a.Rate = rate
	o, err := a.New()
	if err != nil {
		t.Fatal(err)
	}
	return m, train.Gradient(m, o)
}

// toyData is five batches an epoch, and a validation part of two.
func toyData() train.Data {
	return train.Data{Train: traintest.NewPoints(18, 2, 4, 1), Valid: traintest.NewPoints(7, 2, 4, 2)}
}

func TestFitLearns(t *testing.T) {
	m, l := toy(t, 0.1)
	var r train.Result
	r, err := train.Fit(t.Context(), l, toyData(), train.Epochs(60))
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != train.Completed || r.Epochs != 60 || r.Steps != 300 || r.GradientEvaluations != 300 {
		t.Errorf("result %+v", r)
	}
	// The noise has variance 0.01; a plane through 18 points misses it by a few parts in a hundred.
	if r.Metrics["train_loss"] > 0.03 || r.Metrics["val_loss"] > 0.05 || r.BestLoss > r.Metrics["val_loss"] || r.BestEpoch == 0 {
		t.Errorf("metrics %v, best %v after epoch %d", r.Metrics, r.BestLoss, r.BestEpoch)
	}
	for i, want := range []float64{1, 2, 0.5} {
		if got := m.Params().CopyFloats()[i]; math.Abs(got-want) > 0.15 {
			t.Errorf("parameter %d is %v, the truth is %v", i, got, want)
		}
	}
}

func TestEventsComeInOrder(t *testing.T) {
	_, l := toy(t, 0.1)
	var log []string
	_, err := train.Fit(t.Context(), l, toyData(), train.Epochs(2), train.Watch(train.ObserverFunc(func(e train.Event) error {
		log = append(log, fmt.Sprintf("%v %d/%d", e.Kind, e.Epoch, e.Step))
		if e.Kind == train.Save && e.Final != (e.Epoch == 2) {
			t.Errorf("save after epoch %d: final is %v", e.Epoch, e.Final)
		}
		if e.Kind == train.EpochEnd && (e.Train[train.Loss] == 0 || e.Valid[train.Loss] == 0 || e.Train["gradient_norm"] == 0 || e.Train["rate"] != 0.1) {
			t.Errorf("epoch %d: train %v, valid %v", e.Epoch, e.Train, e.Valid)
		}
		if _, ok := e.Valid[train.Weight]; ok {
			t.Error("the weight is reported")
		}
		return nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"start 0/0", "save 0/0", "step 0/1", "step 0/2", "step 0/3", "step 0/4", "step 0/5", "epoch end 1/5", "save 1/5",
		"step 1/6", "step 1/7", "step 1/8", "step 1/9", "step 1/10", "epoch end 2/10", "save 2/10", "end 2/10"}
	if d := cmp.Diff(want, log); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The mean over the batches is weighted by their sizes: 4, 4, 4, 4, 2.
func TestEpochLossIsTheMeanOverTargets(t *testing.T) {
	_, l := toy(t, 0)
	data := toyData()
	r, err := train.Fit(t.Context(), l, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		name   string
		source datasets.Source
	}{{"train", data.Train}, {"val", data.Valid}} {
		sum, n := 0.0, 0.0
		part.source.Reset(0)
		for b, ok := part.source.Next(); ok; b, ok = part.source.Next() {
			m, err := l.Evaluate(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			sum, n = sum+m[train.Loss]*float64(b.B), n+float64(b.B)
		}
		if got := r.Metrics[part.name+"_loss"]; math.Abs(got-sum/n) > 1e-12*got {
			t.Errorf("%s loss %v, want %v", part.name, got, sum/n)
		}
	}
}

func TestObserversEndTheRun(t *testing.T) {
	disk := errors.New("disk full")
	for name, c := range map[string]struct {
		kind   train.Kind
		answer error
		status train.Status
		steps  int
	}{
		"stop at the start":     {train.Start, train.Stop("enough"), train.Stopped, 0},
		"stop after a step":     {train.Step, train.Stop("enough"), train.Stopped, 1},
		"stop after an epoch":   {train.EpochEnd, train.Stop("enough"), train.Stopped, 5},
		"stop, wrapped":         {train.Step, fmt.Errorf("enough: %w", train.ErrStop), train.Stopped, 1},
		"failure after a step":  {train.Step, disk, train.Failed, 1},
		"failure after a save":  {train.Save, disk, train.Failed, 0},
		"failure at the end":    {train.End, disk, train.Failed, 15},
		"failure after a epoch": {train.EpochEnd, disk, train.Failed, 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, l := toy(t, 0.1)
			heard, ends, saves := 0, 0, 0
			first := train.ObserverFunc(func(e train.Event) error {
				if e.Kind == c.kind {
					return c.answer
				}
				return nil
			})
			second := train.ObserverFunc(func(e train.Event) error {
				if e.Kind == c.kind {
					heard++
				}
				if e.Kind == train.End {
					ends++
				}
				if e.Kind == train.Save && e.Final {
					saves++
				}
				return nil
			})
			r, err := train.Fit(t.Context(), l, toyData(), train.Epochs(3), train.Watch(first, second))
			if r.Status != c.status || r.Steps != c.steps || ends != 1 {
				t.Errorf("result %+v, %d ends", r, ends)
			}
			if c.status == train.Stopped {
				if err != nil || !strings.Contains(r.Reason, "enough") || heard != 1 {
					t.Errorf("error %v, reason %q, the other observer heard %d", err, r.Reason, heard)
				}
				if want := min(1, c.steps); saves != want {
					t.Errorf("%d final saves, want %d", saves, want)
				}
			} else if !errors.Is(err, disk) || !strings.Contains(r.Reason, "disk full") {
				t.Errorf("error %v, reason %q", err, r.Reason)
			}
		})
	}
}

func TestCancelledContext(t *testing.T) {
	_, l := toy(t, 0.1)
	cause := errors.New("signal 2")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	r, err := train.Fit(ctx, l, toyData())
	if r.Status != train.Interrupted || r.Steps != 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
		t.Errorf("result %+v, error %v", r, err)
	}
}

// heedful is a model that gives up when its context is cancelled, and cancels it itself in a step.
type heedful struct {
	*traintest.Model
	cancel func()
}

func (h *heedful) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	if step == 2 {
		h.cancel()
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return h.Model.Gradient(ctx, b, step)
}

func TestAStepThatHasBegunIsFinished(t *testing.T) {
	m, _ := toy(t, 0)
	sgd, err := optim.DefaultSGD().New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := train.Fit(ctx, train.Gradient(&heedful{m, cancel}, sgd), toyData())
	if r.Status != train.Interrupted || r.Steps != 3 || !errors.Is(err, context.Canceled) {
		t.Errorf("result %+v, error %v", r, err)
	}
}

// What the trainer itself adds to a step: this model's own work is next to nothing.
func BenchmarkStep(b *testing.B) {
	_, l := toy(b, 0.1)
	data := train.Data{Train: traintest.NewPoints(4*b.N, 2, 4, 1)}
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := train.Fit(b.Context(), l, data, train.Watch(train.NewProgress(io.Discard), train.NewMetricsLog(b.TempDir()+"/metrics.csv"))); err != nil {
		b.Fatal(err)
	}
}

func TestFitRefuses(t *testing.T) {
	_, l := toy(t, 0.1)
	empty := traintest.NewPoints(0, 2, 4, 1)
	log := train.NewMetricsLog("unused")
	for name, c := range map[string]struct {
		learner train.Learner
		data    train.Data
		opts    []train.Option
		want    string
	}{
		"no learner":      {nil, toyData(), nil, "no learner"},
		"no data":         {l, train.Data{}, nil, "no training data"},
		"empty data":      {l, train.Data{Train: empty}, nil, "training data has no batch"},
		"empty valid":     {l, train.Data{Train: toyData().Train, Valid: empty}, nil, "validation data has no batch"},
		"epochs":          {l, toyData(), []train.Option{train.Epochs(0)}, "0 epochs"},
		"nil observer":    {l, toyData(), []train.Option{train.Watch(nil)}, "nil"},
		"same name twice": {l, toyData(), []train.Option{train.Watch(log, log)}, `two observers are named "metrics log"`},
		"every 0":         {l, toyData(), []train.Option{train.Watch(train.Every(0, train.Step, log))}, "every 0-th step"},
		"every start":     {l, toyData(), []train.Option{train.Watch(train.Every(1, train.Start, log))}, "1-th start"},
		"blind learner":   {blind{l}, toyData(), nil, "neither Evaluate nor Tune"},
		"early stopping":  {l, train.Data{Train: toyData().Train}, []train.Option{train.Watch(train.NewEarlyStopping(1))}, "needs validation data"},
		"patience":        {l, toyData(), []train.Option{train.Watch(train.NewEarlyStopping(0))}, "patience 0"},
		"unsaved learner": {blind{l}, train.Data{Train: toyData().Train}, []train.Option{train.Watch(train.NewCheckpoints(t.TempDir()))}, "no State and Restore"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := train.Fit(t.Context(), c.learner, c.data, c.opts...)
			if r.Status != train.Failed || err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(r.Reason, c.want) {
				t.Errorf("result %+v, error %v, want %q", r, err, c.want)
			}
		})
	}
}

// blind hides what a learner can do beyond learning.
type blind struct{ train.Learner }

// The rate of a step is the one in force then: it halves with each epoch.
func TestSchedulesCountEpochs(t *testing.T) {
	m, _ := toy(t, 0)
	sgd, err := optim.SGD{Rate: 0.01}.New()
	if err != nil {
		t.Fatal(err)
	}
	half, err := optim.Exponential{Gamma: 0.5}.New()
	if err != nil {
		t.Fatal(err)
	}
	o, err := optim.WithSchedule(sgd, half, 15)
	if err != nil {
		t.Fatal(err)
	}
	var rates []float64
	_, err = train.Fit(t.Context(), train.Gradient(m, o), toyData(), train.Epochs(3), train.Watch(train.ObserverFunc(func(e train.Event) error {
		if e.Kind == train.Step && e.Step%5 != 2 || e.Kind == train.EpochEnd {
			rates = append(rates, e.Train["rate"])
		}
		return nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	// Four of the five steps of each epoch; at its end the rate to come.
	want := []float64{0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005, 0.005, 0.0025, 0.0025, 0.0025, 0.0025, 0.0025, 0.00125}
	if d := cmp.Diff(want, rates); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEvery(t *testing.T) {
	_, l := toy(t, 0.1)
	var steps, epochs, saves []int
	watch := train.ObserverFunc(func(e train.Event) error {
		switch e.Kind {
		case train.Step:
			steps = append(steps, e.Step)
		case train.EpochEnd:
			epochs = append(epochs, e.Epoch)
		case train.Save:
			saves = append(saves, e.Epoch)
		}
		return nil
	})
	_, err := train.Fit(t.Context(), l, toyData(), train.Epochs(5),
		train.Watch(train.Every(2, train.EpochEnd, train.Every(9, train.Step, watch))))
	if err != nil {
		t.Fatal(err)
	}
	// The last epoch is no multiple of two, but its save is final.
	got := fmt.Sprint(steps, epochs, saves)
	if want := "[9 18] [2 4] [0 2 4 5]"; got != want {
		t.Errorf("steps, epochs, saves %s, want %s", got, want)
	}
}

func TestResultAsJSON(t *testing.T) {
	b, err := json.Marshal(train.Result{Status: train.Diverged, Metrics: train.Metrics{"train_loss": math.NaN(), "val_loss": 0.5, "a": math.Inf(1)}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"status":"diverged","reason":"","epochs":0,"steps":0,"gradient_evaluations":0,"seconds":0,"best_epoch":0,"best_loss":0,"metrics":{"a":null,"train_loss":null,"val_loss":0.5}}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

// mean is a closed-form model: the mean of the targets, seen once, of both parts.
type mean struct {
	sum, n         float64
	train, valid   int
	solved, closed bool
}

func (m *mean) Accumulate(_ context.Context, part datasets.Part, b datasets.Batch) error {
	if part == datasets.Valid {
		m.valid++
		return nil
	}
	m.train++
	for _, y := range b.Y.Data {
		m.sum += y
		m.n++
	}
	return nil
}

func (m *mean) Solve(context.Context) (map[string]float64, error) {
	if m.solved {
		return nil, errors.New("solved twice")
	}
	m.solved = true
	return map[string]float64{"ridge": 0.25}, nil
}

func (m *mean) Loss(_ context.Context, b datasets.Batch) (loss, weight float64, err error) {
	for _, y := range b.Y.Data {
		loss += (y - m.sum/m.n) * (y - m.sum/m.n)
	}
	return loss / float64(b.B), float64(b.B), nil
}

func (m *mean) Close() error { m.closed = true; return nil }

func TestClosedFormLearnsInOnePass(t *testing.T) {
	m := &mean{}
	l := train.ClosedForm(m)
	r, err := train.Fit(t.Context(), l, toyData(), train.Epochs(10))
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != train.Completed || r.Epochs != 1 || m.train != 5 || m.valid != 2 || !m.solved {
		t.Errorf("result %+v, model %+v", r, m)
	}
	if r.Metrics["train_ridge"] != 0.25 || !(r.Metrics["val_loss"] > 0) {
		t.Errorf("metrics %v", r.Metrics)
	}
	if _, ok := l.(train.Stateful); ok {
		t.Error("the learner claims to have a state, the model has none")
	}
	if err := l.Close(); err != nil || !m.closed {
		t.Errorf("close: %v, model closed: %v", err, m.closed)
	}
}

// runaway is a model whose forecasts leave all bounds, and which says so.
type runaway struct{ mean }

type farAway struct{}

func (farAway) Error() string  { return "the loop diverged at step 9: use a larger ridge" }
func (farAway) Diverged() bool { return true }

func (*runaway) Loss(context.Context, datasets.Batch) (loss, weight float64, err error) {
	return 0, 0, fmt.Errorf("model: %w", farAway{})
}

// A closed-form model that says that it diverged ends the run as diverged, in its own words.
func TestClosedFormDiverges(t *testing.T) {
	r, err := train.Fit(t.Context(), train.ClosedForm(&runaway{}), toyData())
	var diverged *train.DivergedError
	if r.Status != train.Diverged || !errors.As(err, &diverged) || !errors.As(err, new(farAway)) {
		t.Errorf("the run is %v: %v", r.Status, err)
	}
	if !strings.Contains(r.Reason, "model: the loop diverged at step 9: use a larger ridge") {
		t.Errorf("the reason is %q", r.Reason)
	}
}
