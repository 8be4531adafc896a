package optim_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"lenz/internal/settings"
	"lenz/internal/state"
	"lenz/optim"
	"lenz/optim/optimtest"
)

func TestRegistryRowsAreComplete(t *testing.T) {
	check := func(name, summary string, fields []settings.Field, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if summary == "" {
			t.Errorf("%s has no summary", name)
		}
		for _, f := range fields {
			if f.Doc == "" {
				t.Errorf("%s: setting %s has no doc", name, f.Name)
			}
		}
	}
	for _, name := range optim.Names() {
		e, err := optim.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := e.Settings()
		check(name, e.Summary, fields, err)
		if e.Source == "" {
			t.Errorf("%s has no source", name)
		}
		if len(fields) == 0 || fields[0].Name != "rate" {
			t.Errorf("%s: the first setting is not the rate, which the command sets for every optimizer", name)
		}
		o, err := e.New(map[string]string{"rate": "0.125"})
		if err != nil {
			t.Fatal(err)
		}
		if o.Rate() != 0.125 {
			t.Errorf("%s: rate 0.125 was built as %v", name, o.Rate())
		}
	}
	for _, name := range optim.ScheduleNames() {
		e, err := optim.LookupSchedule(name)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := e.Settings()
		check(name, e.Summary, fields, err)
	}
}

func TestErrorsSayWhatWouldDo(t *testing.T) {
	for _, c := range []struct {
		name string
		set  map[string]string
		want string
	}{
		{"adma", nil, `unknown optimizer "adma": the optimizers are ` + strings.Join(optim.Names(), ", ") + `; did you mean "adam"?`},
		{"adam", map[string]string{"beta": "1"}, `adam: unknown setting "beta": the settings are rate, beta1, beta2, epsilon; did you mean "beta1"?`},
		{"adam", map[string]string{"beta1": "1"}, `adam: setting beta1 is 1, want a number at least 0 and below 1`},
		{"adam", map[string]string{"epsilon": "0"}, `adam: setting epsilon is 0, want a number above 0`},
		{"adam", map[string]string{"rate": "-1"}, `adam: setting rate is -1, want a number at least 0`},
		{"sgd", map[string]string{"rate": "x"}, `sgd: setting rate is "x", want a number such as 0.01 or 1e-3`},
	} {
		if _, err := build(c.name, c.set); err == nil || err.Error() != c.want {
			t.Errorf("%s %v:\n got %v\nwant %s", c.name, c.set, err, c.want)
		}
	}
	if _, err := optim.LookupSchedule("cosin"); err == nil || !strings.HasSuffix(err.Error(), `; did you mean "cosine"?`) {
		t.Errorf("cosin: %v", err)
	}
	if _, err := (optim.MultiStep{Gamma: 0.1}).New(); err == nil || !strings.Contains(err.Error(), "setting epochs is empty") {
		t.Errorf("a multistep without steps: %v", err)
	}
	for name, err := range map[string]error{
		"adam":    second(optim.Adam{Rate: 1, Beta1: 1}.New()),
		"adamw":   second(optim.AdamW{Rate: 1, Lambda: -1}.New()),
		"sgd":     second(optim.SGD{Rate: math.NaN()}.New()),
		"plateau": second(optim.Plateau{Gamma: 2}.New()),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), name+": setting ") {
			t.Errorf("settings of %s that are out of bounds, set in Go: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// The state of another model, precision or optimizer is refused with words that say so.
func TestRestoreRefusesTheStateOfOthers(t *testing.T) {
	saved := func(name string, dt tensor.Dtype) state.State {
		o, err := build(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := optimtest.NewModel(optimtest.Rosenbrock(), dt)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Run(o, 1); err != nil {
			t.Fatal(err)
		}
		return o.State()
	}
	step := func(s state.State) error {
		o, err := build("adam", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Restore(s); err != nil {
			return err
		}
		return newModelOf(t, optimtest.Logistic()).Run(o, 1)
	}
	for _, c := range []struct {
		name string
		s    state.State
		want string
	}{
		{"another model", saved("adam", tensor.Float64), "head has 3 values, its state m has 1"},
		{"another precision", saved("adam", tensor.Float32), "another precision"},
		{"another optimizer", saved("momentum", tensor.Float64), "another optimizer saved it"},
	} {
		if err := step(c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func newModelOf(t *testing.T, p optimtest.Problem) *optimtest.Model {
	t.Helper()
	m, err := optimtest.NewModel(p, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
