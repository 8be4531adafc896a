package catalog

import (
	"fmt"
	"slices"
	"strconv"
)

// only is settings that do something only while another has one of some values.
type only struct {
	names  []string
	while  string
	values []string // of the other; nil: any number above least
	least  float64
}

func (o only) holds(set map[string]string) bool {
	if o.values != nil {
		return slices.Contains(o.values, set[o.while])
	}
	v, err := strconv.ParseFloat(set[o.while], 64)
	return err == nil && v > o.least
}

// onlies are those of the models. Samplers refuse theirs where they are built, and recurrent networks some.
func onlies(model string) []only {
	readout := []only{
		{names: []string{"forget"}, while: "learner", values: []string{"rls"}},
		{names: []string{"rate"}, while: "learner", values: []string{"lms"}},
		{names: []string{"ridge"}, while: "learner", values: []string{"ridge", "rls"}},
	}
	drawn := append(readout,
		only{names: []string{"degree", "erdos"}, while: "reservoir", values: []string{"uniform", "positive", "normal", "bernoulli"}},
		only{names: []string{"erdos"}, while: "degree"},
	)
	switch model {
	case "lstm", "gru", "rnn":
		return []only{
			{names: []string{"huber_delta"}, while: "loss", values: []string{"huber"}},
			{names: []string{"levels", "samples"}, while: "head", values: []string{"gaussian", "quantile"}},
			{names: []string{"samples"}, while: "strategy", values: []string{"recursive"}},
		}
	case "esn", "parallel-esn":
		return drawn
	case "deep-esn":
		return append(drawn, only{names: []string{"between_scale"}, while: "layers", least: 1})
	case "delay":
		return append(readout,
			only{names: []string{"phase"}, while: "nonlinearity", values: []string{"mach-zehnder"}},
			only{names: []string{"exponent"}, while: "nonlinearity", values: []string{"mackey-glass"}})
	case "lsm":
		return readout
	case "ngrc":
		return append(readout, only{names: []string{"members"}, while: "noise"}) // nothing else in it is random
	case "boltzmann":
		return []only{{names: []string{"collect", "particles"}, while: "statistics", values: []string{"sampled"}}}
	case "rbm":
		return []only{
			{names: []string{"sigma"}, while: "visible", values: []string{"gaussian"}},
			{names: []string{"particles"}, while: "chains", values: []string{"pcd", "fpcd"}},
			{names: []string{"steps"}, while: "chains", values: []string{"cd", "pcd", "fpcd"}},
			{names: []string{"fast_rate", "fast_decay"}, while: "chains", values: []string{"fpcd"}},
			{names: []string{"sparsity"}, while: "sparsity_cost"},
		}
	}
	return nil
}

// CheckIdle refuses one of the named settings that differs from its default and does nothing beside the others. Resolve and New take such
// settings, since searches go through many combinations; it is for what a user asks of one run.
func (e Entry) CheckIdle(texts map[string]string, asked []string) error {
	set, err := e.Resolve(texts)
	if err != nil {
		return err
	}
	defaults, err := e.Resolve(nil)
	if err != nil {
		return err
	}
	for _, o := range onlies(e.Name) {
		if o.holds(set) {
			continue
		}
		for _, name := range o.names {
			if set[name] == defaults[name] || !slices.Contains(asked, name) {
				continue
			}
			want := fmt.Sprintf("above %v", o.least)
			if o.values != nil {
				want = fmt.Sprint(o.values)
			}
			return fmt.Errorf("%s: setting %s is %s, which does nothing while %s is %s (it is for %v): leave it out", e.Name, name, set[name], o.while, set[o.while], want)
		}
	}
	return nil
}
