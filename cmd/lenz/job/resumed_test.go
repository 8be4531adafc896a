package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/internal/state"
	"lenz/train"
	"lenz/train/traintest"
)

// torture tells whether the long forms of these tests are asked for (make torture).
func torture() bool { return os.Getenv("LENZ_TORTURE") == "1" }

// life is one process of a run: everything is built anew from the command's flags, and nothing but a checkpoint's bytes comes from the
// life before.
type life struct {
	config *Config
	chunk  int // rows of a batch of a solved model; 0 for others
}

// born reads the flags of lenz train.
func born(t *testing.T, flags string, chunk int) life {
	t.Helper()
	var layers Layers
	for words := strings.Fields(flags); len(words) > 1; words = words[2:] {
		layers.Flags = append(layers.Flags, Assignment{strings.TrimPrefix(words[0], "--"), words[1]})
	}
	c, err := layers.Resolve()
	if err != nil {
		t.Fatalf("%s: %v", flags, err)
	}
	return life{c, chunk}
}

// kept is what a life leaves: the bytes of its last checkpoint and the log of losses up to there.
type kept struct {
	bytes       []byte
	epoch, step int
	log         []string
}

// lived is how a life ended.
type lived struct {
	kept
	saves  []kept // all of a life from the beginning, the last one of others
	result string
}

// diary is the log of losses of a run: a state of it is its length, as that of metrics.csv.
type diary struct{ lines []string }

func (d *diary) Name() string       { return "diary" }
func (d *diary) State() train.State { return train.State{"lines": len(d.lines)} }
func (d *diary) Restore(from train.State) error {
	n, err := state.Get[int](from, "lines")
	if err == nil {
		d.lines = d.lines[:n]
	}
	return err
}

func (d *diary) Observe(e train.Event) error {
	if e.Kind == train.Step || e.Kind == train.EpochEnd {
		d.lines = append(d.lines, fmt.Sprintf("%d %d %v %x %x", e.Step, e.Epoch, e.Kind, map[string]float64(e.Train), map[string]float64(e.Valid)))
	}
	return nil
}

// live goes on from a checkpoint, nil for the beginning, until so many steps are done, 0 for the end of the run.
func (l life) live(from *kept, until int) (end lived, err error) {
	p, err := l.plan()
	if err != nil {
		return end, err
	}
	defer p.learner.Close()
	log := &diary{}
	var resume *train.Checkpoint
	if from != nil {
		log.lines = slices.Clone(from.log)
		if resume, err = from.open(); err != nil {
			return end, err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	keep := train.ObserverFunc(func(e train.Event) error {
		if e.Kind == train.Step && e.Step == until {
			cancel()
		}
		if e.Kind != train.Save || from != nil && !e.Final {
			return nil
		}
		s, err := e.Snapshot()
		if err != nil {
			return err
		}
		b, err := traintest.Encode(timeless(s))
		end.saves = append(end.saves, kept{b, e.Epoch, e.Step, slices.Clone(log.lines)})
		return err
	})
	observers := append(append([]train.Observer{log}, p.observers...), keep)
	r, err := train.Fit(ctx, p.learner, p.data, train.Epochs(l.config.Train.Epochs), train.Watch(observers...), train.Resume(resume))
	if err != nil && !(until > 0 && errors.Is(err, context.Canceled)) {
		return end, err
	}
	if len(end.saves) == 0 { // all was done already
		end.kept = *from
	} else {
		end.kept = end.saves[len(end.saves)-1]
	}
	end.result = fmt.Sprintf("%v %d %d %d %x %x", r.Status, r.Epochs, r.Steps, r.BestEpoch, r.BestLoss, map[string]float64(r.Metrics))
	return end, nil
}

// plan builds what lenz train would.
func (l life) plan() (*plan, error) {
	c := *l.config
	k := kindOf(c.Model.Model)
	p, err := k.prepare(context.Background(), &session{Request: Request{Config: &c, Say: func(string, ...any) {}}})
	if s, ok := k.(*solving); ok && err == nil {
		p.data.Train, err = s.task.Windows.Stream(datasets.Train, datasets.StreamOptions{Streams: 1, Chunk: l.chunk})
	}
	return p, err
}

// open reads a checkpoint's bytes.
func (k kept) open() (*train.Checkpoint, error) {
	s, err := traintest.Decode(k.bytes)
	return &train.Checkpoint{Step: k.step, Epoch: k.epoch, State: s}, err
}

// timeless is the state without the seconds, which are not those of another run.
func timeless(s train.State) train.State {
	s, trainer := maps.Clone(s), maps.Clone(s["trainer"].(train.State))
	trainer["seconds"], s["trainer"] = 0.0, trainer
	return s
}

// survives stops a run, which has at least so many steps, after each of them and lets the next life go on: the one stopped after all steps ends with the
// bits of one that never was. With every, each checkpoint is followed to the end of the run as well, those at the ends of epochs too.
func (l life) survives(steps int, every bool) error {
	want, err := l.live(nil, 0)
	if err != nil {
		return err
	}
	if want.step < steps {
		return fmt.Errorf("the run has %d steps, want %d", want.step, steps)
	}
	steps = want.step
	from := want.saves[:1] // the beginning
	for k := 1; k <= steps; k++ {
		end, err := l.live(&from[k-1], k)
		if err != nil {
			return fmt.Errorf("stopped after step %d: %w", k, err)
		}
		from = append(slices.Clone(from), end.kept)
	}
	if every {
		from = append(from, want.saves[1:]...)
	} else {
		from = from[steps:]
	}
	for _, f := range from {
		got, err := l.live(&f, 0)
		if err == nil {
			err = got.same(want)
		}
		if err != nil {
			return fmt.Errorf("resumed after step %d, epoch %d: %w", f.step, f.epoch, err)
		}
	}
	return nil
}

// same compares how two lives ended, to the bit.
func (got lived) same(want lived) error {
	for i, line := range want.log {
		if i >= len(got.log) || got.log[i] != line {
			return fmt.Errorf("the log of losses differs from line %d on: want %s", i+1, line)
		}
	}
	switch {
	case len(got.log) != len(want.log):
		return fmt.Errorf("the log has %d lines, want %d", len(got.log), len(want.log))
	case !bytes.Equal(got.bytes, want.bytes):
		return errors.New("weights, or another part of the last checkpoint, differ")
	case got.result != want.result:
		return fmt.Errorf("the result is %s, want %s", got.result, want.result)
	}
	return nil
}
