package traintest

import (
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"lenz/datasets"
	"lenz/graph"
	"lenz/optim"
	"lenz/train"
)

const planned = 14

// setup builds a learner of the toy model for an optimizer and a schedule.
func setup(t testing.TB, dtype tensor.Dtype, optimizer, schedule string, carry bool) func() (train.Learner, datasets.Source, error) {
	t.Helper()
	return func() (train.Learner, datasets.Source, error) {
		m, err := NewModel(dtype, 3, 1)
		if err != nil {
			return nil, nil, err
		}
		oe, err := optim.Lookup(optimizer)
		if err != nil {
			return nil, nil, err
		}
		o, err := oe.New(nil)
		if err != nil {
			return nil, nil, err
		}
		clip, err := optim.NewClipNorm(1)
		if err != nil {
			return nil, nil, err
		}
		se, err := optim.LookupSchedule(schedule)
		if err != nil {
			return nil, nil, err
		}
		settings := map[string]string{}
		if schedule == "plateau" {
			settings["patience"] = "0"
		}
		s, err := se.New(settings)
		if err != nil {
			return nil, nil, err
		}
		if !optim.NeedsClosure(o) {
			o = optim.Chain(o, clip)
		}
		scheduled, err := optim.WithSchedule(o, s, planned)
		if err != nil {
			return nil, nil, err
		}
		var source train.Source = m
		if carry {
			source = &Carrying{Model: m}
		}
		return train.Gradient(source, scheduled), NewPoints(17, 3, 4, 7), nil
	}
}

// Each optimizer, and each schedule with some; cmd/lenz/job resumes every pair of them.
func TestGradientLearnerOfEveryOptimizerAndSchedule(t *testing.T) {
	schedules := optim.ScheduleNames()
	for i, o := range optim.Names() {
		s := schedules[i%len(schedules)]
		t.Run(o+"/"+s, func(t *testing.T) {
			Learner(t, setup(t, graph.Float32, o, s, false), planned)
		})
	}
}

func TestGradientLearnerThatCarriesState(t *testing.T) {
	for _, dtype := range []tensor.Dtype{graph.Float32, graph.Float64} {
		t.Run(dtype.String(), func(t *testing.T) { Learner(t, setup(t, dtype, "adam", "cosine", true), planned) })
	}
}

// forgetful breaks the contract in one of several ways.
type forgetful struct {
	*train.GradientLearner
	params *graph.Params
	how    string
}

func (f forgetful) State() train.State {
	s := f.GradientLearner.State()
	if f.how == "gives its own memory" {
		s["extra"] = graph.Values[float64](f.params)
	}
	return s
}

func (f forgetful) Restore(from train.State) error {
	switch f.how {
	case "loses the optimizer":
		fresh := f.GradientLearner.State()["optimizer"]
		from = train.State{"parameters": from["parameters"], "step": from["step"], "evaluations": from["evaluations"], "optimizer": fresh}
	case "takes anything":
		_ = f.GradientLearner.Restore(from)
		return nil
	}
	return f.GradientLearner.Restore(from)
}

func TestKitFindsOffenders(t *testing.T) {
	for how, want := range map[string]string{
		"loses the optimizer":  "restored after step 1",
		"gives its own memory": "State must copy",
		"takes anything":       "is taken without an error",
	} {
		t.Run(how, func(t *testing.T) {
			build := func() (train.Learner, datasets.Source, error) {
				m, err := NewModel(graph.Float64, 3, 1)
				if err != nil {
					return nil, nil, err
				}
				o, err := optim.DefaultAdam().New()
				return forgetful{train.Gradient(m, o), m.Params(), how}, NewPoints(17, 3, 4, 7), err
			}
			if err := learner(build, 6); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}
