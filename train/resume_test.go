package train_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lenz/graph"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

const (
	sessionEpochs = 4
	sessionSteps  = 5 * sessionEpochs
)

// session is a run with everything on: a model that carries state, a schedule that watches validation, early stopping, best
// weights, metrics, checkpoints.
type session struct {
	dir     string
	model   *traintest.Carrying
	learner train.Learner
	best    *train.BestWeights
	log     *train.MetricsLog
	early   *train.EarlyStopping
	keep    *train.Checkpoints
}

func newSession(t testing.TB, dir string) *session {
	t.Helper()
	m, err := traintest.NewModel(graph.Float32, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := optim.DefaultAdam()
	a.Rate = 1.2
	adam, err := a.New()
	if err != nil {
		t.Fatal(err)
	}
	p := optim.DefaultPlateau()
	p.Patience, p.Gamma = 0, 0.5
	plateau, err := p.New()
	if err != nil {
		t.Fatal(err)
	}
	o, err := optim.WithSchedule(adam, plateau, sessionSteps)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{dir: dir, model: &traintest.Carrying{Model: m}}
	s.learner = train.Gradient(s.model, o)
	s.log = train.NewMetricsLog(filepath.Join(dir, "metrics.csv"))
	s.early = train.NewEarlyStopping(sessionEpochs)
	s.best = train.NewBestWeights(m.Params())
	s.keep = train.NewCheckpoints(filepath.Join(dir, "checkpoints"))
	return s
}

// run fits, from the newest checkpoint if resume is set, with a further observer before the checkpoints.
func (s *session) run(ctx context.Context, t testing.TB, from *train.Checkpoint, further train.ObserverFunc) (train.Result, error) {
	t.Helper()
	if further == nil {
		further = func(train.Event) error { return nil }
	}
	return train.Fit(ctx, s.learner, toyData(), train.Epochs(sessionEpochs), train.Resume(from),
		train.Watch(s.log, s.early, s.best, further, s.keep))
}

// traces is what two runs are compared by.
type traces struct {
	Status      train.Status
	Counts      [4]int
	Metrics     train.Metrics
	Weights     []float64
	Best        []float64
	MetricsFile []train.Row
	LastKept    string
}

func (s *session) traces(t testing.TB, r train.Result) traces {
	t.Helper()
	out := traces{Status: r.Status, Counts: [4]int{r.Epochs, r.Steps, r.GradientEvaluations, r.BestEpoch}, Metrics: r.Metrics}
	out.Weights = s.model.Params().CopyFloats()
	if err := s.best.Apply(); err != nil {
		t.Fatal(err)
	}
	out.Best = s.model.Params().CopyFloats()
	f, err := os.Open(filepath.Join(s.dir, "metrics.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if out.MetricsFile, err = train.ReadMetrics(f); err != nil {
		t.Fatal(err)
	}
	for i := range out.MetricsFile {
		out.MetricsFile[i].Seconds = 0
	}
	c, notes, err := train.Latest(s.keep.Dir)
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	// All of the last checkpoint but the seconds.
	delete(c.State["trainer"].(train.State), "seconds")
	out.LastKept = fmt.Sprint(c.Epoch, c.Step, c.State)
	return out
}

func uninterrupted(t testing.TB) traces {
	t.Helper()
	s := newSession(t, t.TempDir())
	r, err := s.run(t.Context(), t, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.traces(t, r)
}

func latest(t testing.TB, dir string) *train.Checkpoint {
	t.Helper()
	c, _, err := train.Latest(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compare(t testing.TB, want, got traces) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("the resumed run differs from one that was never stopped (-never stopped +resumed):\n%s", d)
	}
}

func TestTheSessionIsWorthResuming(t *testing.T) {
	want := uninterrupted(t)
	best, rates := want.Counts[3], map[float64]bool{}
	for _, row := range want.MetricsFile {
		if row.Name == "batch_rate" {
			rates[row.Value] = true
		}
	}
	if want.Status != train.Completed || best == 0 || best == sessionEpochs || len(rates) < 2 {
		t.Errorf("status %v, best epoch %d, rates %v: want a run whose best epoch is not the last and whose rate falls", want.Status, best, rates)
	}
}

// Interrupted after every step, in turn, by a cancelled context.
func TestInterruptAndResume(t *testing.T) {
	want := uninterrupted(t)
	for k := range sessionSteps {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel() // the time goes into syncing to disk
			dir := t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r, err := newSession(t, dir).run(ctx, t, nil, func(e train.Event) error {
				if e.Kind == train.Step && e.Step == k || k == 0 && e.Kind == train.Start {
					cancel()
				}
				return nil
			})
			if r.Status != train.Interrupted || r.Steps != k || !errors.Is(err, context.Canceled) {
				t.Fatalf("result %+v, error %v", r, err)
			}
			s := newSession(t, dir)
			from := latest(t, s.keep.Dir)
			if from.Step != k {
				t.Fatalf("the checkpoint is of step %d, want %d", from.Step, k)
			}
			r, err = s.run(t.Context(), t, from, nil)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, s.traces(t, r))
		})
	}
}

// Killed at any event, without a chance to save: the last checkpoint is that of the last epoch, and what was written
// after it is written again.
func TestKillAndResume(t *testing.T) {
	want := uninterrupted(t)
	killed := errors.New("killed")
	for k := range sessionSteps {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r, err := newSession(t, dir).run(t.Context(), t, nil, func(e train.Event) error {
				if e.Kind == train.Step && e.Step == k+1 {
					return killed
				}
				return nil
			})
			if r.Status != train.Failed || !errors.Is(err, killed) {
				t.Fatalf("result %+v, error %v", r, err)
			}
			s := newSession(t, dir)
			from := latest(t, s.keep.Dir)
			if from.Step != k/5*5 {
				t.Fatalf("killed at step %d, the checkpoint is of step %d", k+1, from.Step)
			}
			if r, err = s.run(t.Context(), t, from, nil); err != nil {
				t.Fatal(err)
			}
			compare(t, want, s.traces(t, r))
		})
	}
}

// Any checkpoint will do, not only the newest, and many interruptions are as good as one.
func TestResumeFromAnyCheckpoint(t *testing.T) {
	want := uninterrupted(t)
	dir := t.TempDir()
	s := newSession(t, dir)
	s.keep.Keep = 100
	var kept []string
	s.keep.Written = func(c *train.Checkpoint) { kept = append(kept, c.Path) }
	if _, err := s.run(t.Context(), t, nil, nil); err != nil {
		t.Fatal(err)
	}
	if len(kept) != sessionEpochs+1 {
		t.Fatalf("%d checkpoints, want %d", len(kept), sessionEpochs+1)
	}
	for i := len(kept) - 1; i >= 0; i-- {
		from, err := train.OpenCheckpoint(kept[i])
		if err != nil {
			t.Fatal(err)
		}
		s := newSession(t, dir)
		s.keep.Keep = 100
		r, err := s.run(t.Context(), t, from, nil)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, want, s.traces(t, r))
	}
}

func TestManyInterruptions(t *testing.T) {
	want := uninterrupted(t)
	dir := t.TempDir()
	var from *train.Checkpoint
	for turn := range sessionSteps + 1 {
		s := newSession(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		r, err := s.run(ctx, t, from, func(e train.Event) error {
			if e.Kind == train.Step {
				cancel()
			}
			return nil
		})
		cancel()
		if r.Status == train.Completed {
			if err != nil || turn != sessionSteps {
				t.Errorf("completed at turn %d, error %v", turn, err)
			}
			compare(t, want, s.traces(t, r))
			return
		}
		from = latest(t, s.keep.Dir)
	}
	t.Error("the run does not come to its end")
}

func TestResumeOfAFinishedRunChangesNothing(t *testing.T) {
	want := uninterrupted(t)
	dir := t.TempDir()
	if _, err := newSession(t, dir).run(t.Context(), t, nil, nil); err != nil {
		t.Fatal(err)
	}
	s := newSession(t, dir)
	r, err := s.run(t.Context(), t, latest(t, s.keep.Dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, want, s.traces(t, r))
}

func TestResumeRefusesACheckpointBeyondTheEpochs(t *testing.T) {
	m, err := traintest.NewModel(graph.Float32, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	adam, err := optim.DefaultAdam().New()
	if err != nil {
		t.Fatal(err)
	}
	learner := train.Gradient(m, adam)
	// Epochs of five steps: kept at the end of each, and where the run stops, after the second step of the third.
	at := map[string]*train.Checkpoint{}
	keep := train.ObserverFunc(func(e train.Event) error {
		if e.Kind == train.Save {
			s, err := e.Snapshot()
			if err != nil {
				return err
			}
			at[fmt.Sprintf("%d.%d", e.Epoch, e.Step)] = &train.Checkpoint{Path: "here", Epoch: e.Epoch, Step: e.Step, State: s}
		}
		if e.Kind == train.Step && e.Step == 12 {
			return train.ErrStop
		}
		return nil
	})
	if _, err := train.Fit(t.Context(), learner, toyData(), train.Epochs(3), train.Watch(keep)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from   string
		epochs int
		want   string
	}{
		{"2.10", 1, "resume from here: it stands after epoch 2, but only 1 epochs are asked for: ask for more (--epochs 2)"},
		{"2.12", 1, "after epoch 2, but only 1 epochs"},
		{"2.12", 2, "it stands at step 12, inside epoch 3, but only 2 epochs are asked for: ask for more (--epochs 3)"},
		{"2.10", 2, ""},
		{"2.12", 3, ""},
	} {
		before := m.Params().CopyFloats()
		r, err := train.Fit(t.Context(), learner, toyData(), train.Epochs(c.epochs), train.Resume(at[c.from]))
		if c.want == "" {
			if err != nil || r.Status != train.Completed || r.Epochs != c.epochs {
				t.Errorf("from %s to %d epochs: %+v, error %v", c.from, c.epochs, r, err)
			}
			continue
		}
		if r.Status != train.Failed || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("from %s to %d epochs: %+v, error %v, want %q", c.from, c.epochs, r, err, c.want)
		}
		if !cmp.Equal(before, m.Params().CopyFloats()) {
			t.Errorf("from %s to %d epochs: the weights changed though the checkpoint was refused", c.from, c.epochs)
		}
	}
}

func TestResumeOfAStoppedRunStopsAgain(t *testing.T) {
	dir := t.TempDir()
	run := func(from *train.Checkpoint, patience int) train.Result {
		s := newSession(t, dir)
		s.early.Patience = patience
		r, err := s.run(t.Context(), t, from, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := run(nil, 1)
	again := run(latest(t, filepath.Join(dir, "checkpoints")), 1)
	if first.Status != train.Stopped || again.Status != train.Stopped || first.Steps != again.Steps || first.Reason != again.Reason {
		t.Errorf("first %+v, resumed %+v", first, again)
	}
	if !strings.Contains(first.Reason, "val_loss has not fallen for 1 epoch") {
		t.Errorf("reason %q", first.Reason)
	}
	if more := run(latest(t, filepath.Join(dir, "checkpoints")), 100); more.Status != train.Completed {
		t.Errorf("with more patience %+v", more)
	}
}

func TestResumeRefusesAnotherRun(t *testing.T) {
	dir := t.TempDir()
	if _, err := newSession(t, dir).run(t.Context(), t, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, other := toy(t, 0.1)
	s := newSession(t, dir)
	for name, c := range map[string]struct {
		learner   train.Learner
		observers []train.Observer
		from      *train.Checkpoint
		want      string
	}{
		"other model":        {other, []train.Observer{s.log, s.early, s.best}, latest(t, s.keep.Dir), "parameters"},
		"fewer observers":    {s.learner, []train.Observer{s.log, s.early}, latest(t, s.keep.Dir), "build the same"},
		"no state":           {seeing{s.learner, other}, nil, latest(t, s.keep.Dir), "no State and Restore"},
		"unresumed, same":    {s.learner, []train.Observer{s.keep}, nil, "holds checkpoints of another run"},
		"damaged by a hand":  {s.learner, nil, &train.Checkpoint{Path: "here", State: train.State{}}, "resume from here"},
		"observer not known": {s.learner, []train.Observer{s.log, s.early, s.best, stranger{s.early}}, latest(t, s.keep.Dir), "stranger"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := train.Fit(t.Context(), c.learner, toyData(), train.Epochs(9), train.Resume(c.from), train.Watch(c.observers...))
			if r.Status != train.Failed || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("result %+v, error %v, want %q", r, err, c.want)
			}
		})
	}
}

type stranger struct{ *train.EarlyStopping }

func (stranger) Name() string { return "stranger" }

// seeing can be validated and not saved.
type seeing struct {
	train.Learner
	train.Evaluator
}
