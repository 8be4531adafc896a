package job

import (
	"context"
	"slices"

	"lenz/models/catalog"
	"lenz/train"
)

// kind is how the models of one kind are trained: what they need of data and configuration, and what they leave in the run directory.
// The session does what all kinds share: the directory and its lock, config.toml, checkpoints, metrics.csv, result.json, going on.
// Another kind of model is one file that implements this, and a row of kinds.
type kind interface {
	// uses tells whether a setting means something to the kind. One that does not is refused where a user gives it, and is not written
	// to config.toml.
	uses(option string) bool
	// prepare opens the data and builds model and learner, before anything is written.
	prepare(ctx context.Context, s *session) (*plan, error)
	// settle fills in what the configuration leaves open, so that config.toml says what was used.
	settle(c *Config) error
	// extended tells what a user should know when a resumed run changes its configuration.
	extended(was, now *Config) []string
	// finish is called however the run ended, with the outcome of the trainer: it writes models and adds to the outcome. What it returns
	// writes pictures and the page, when the outcome is written; nil: there are none.
	finish(ctx context.Context, s *session, out *Outcome) (draw func() error, err error)
}

// plan is a run made ready.
type plan struct {
	learner    train.Learner
	data       train.Data
	observers  []train.Observer // beside those of every run
	what       string           // in a line, what is done
	stem       string           // of the name of its directory
	checksums  map[string]string
	notes      []string
	parameters int
}

// kinds are the kinds by what the catalog calls them.
var kinds = map[catalog.Kind]func() kind{
	catalog.Forecaster: func() kind { return &forecasting{} },
	catalog.Solved:     func() kind { return &solving{} },
	catalog.Sampler:    func() kind { return &sampling{} },
	catalog.Density:    func() kind { return &density{} },
}

// kindOf returns the kind of a model; an unknown model counts as a forecaster, and is refused where it is built.
func kindOf(model string) kind {
	if entry, err := catalog.Lookup(model); err == nil {
		return kinds[entry.Kind]()
	}
	return &forecasting{}
}

// IsForecaster tells whether a model is a forecaster or labeller: its runs can be evaluated and go on to forecast.
func IsForecaster(model string) bool {
	switch kindOf(model).(type) {
	case *forecasting, *solving:
		return true
	}
	return false
}

// always are the settings that every kind uses.
var always = []string{"data", "data-set", "model", "set", "epochs", "seed", "checkpoint-every"}

// unused finds a setting that a user gives and the model's kind has no use for.
func unused(k kind, asked []placed) (placed, bool) {
	i := slices.IndexFunc(asked, func(a placed) bool { return !k.uses(a.Name) })
	if i < 0 {
		return placed{}, false
	}
	return asked[i], true
}
