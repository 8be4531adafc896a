package job

import (
	"slices"
	"strconv"
	"strings"

	"lenz/datasets"
	"lenz/models/catalog"
)

// presets are the settings that suit a data set, under those that a user gives. Each was chosen on the validation part.
// Settings that the chosen model does not have are left out.
var presets = map[string][]Assignment{
	"sunspots": {
		{"input", "96"}, {"horizon", "24"}, {"stride", "2"}, {"batch", "64"}, {"transform", "sqrt"},
		{"set", "window_norm=standard"}, {"set", "highway=96"},
		{"lr", "0.005"}, {"schedule", "cosine"}, {"epochs", "12"}, {"patience", "0"},
	},
	"adding": {
		{"data-set", "fresh=1"}, {"data-set", "train=6400"}, {"batch", "32"}, {"set", "hidden=64"}, {"set", "forget_bias=1"},
		{"lr", "0.005"}, {"epochs", "15"}, {"patience", "0"},
	},
	"copy": {
		{"data-set", "fresh=1"}, {"data-set", "train=6400"}, {"batch", "32"}, {"set", "hidden=96"}, {"set", "forget_bias=1"},
		{"lr", "0.005"}, {"epochs", "45"}, {"patience", "0"},
	},
}

// reservoirPresets are those of models whose settings would mean something else to other models.
var reservoirPresets = map[string]map[string][]Assignment{
	"kuramoto-sivashinsky": {"esn": front, "deep-esn": front, "parallel-esn": front},
}

// front is the reservoir of Pathak et al. 2018 for a field, with a smaller spectral radius and input scale, which forecast longer: each unit hears
// one grid point, and squared states tell u from -u.
var front = []Assignment{
	{"set", "input_weights=one"}, {"set", "input_scale=0.3"}, {"set", "bias=0"}, {"set", "reservoir=positive"}, {"set", "erdos=true"},
	{"set", "degree=3"}, {"set", "spectral_radius=0.4"}, {"set", "squared=true"}, {"set", "direct=false"},
}

// preset returns the settings that suit a data set and exist for the model.
func preset(data, model string) []Assignment {
	if _, ok := kindOf(model).(*density); ok {
		return densityPreset(model)
	}
	known := modelSettings(model)
	var out []Assignment
	for _, a := range slices.Concat(presets[data], reservoirPresets[data][model]) {
		key, _, _ := strings.Cut(a.Text, "=")
		if a.Name != "set" || known[key] {
			out = append(out, a)
		}
	}
	return out
}

// modelSettings are the names of a model's settings; none for an unknown model, which is refused elsewhere.
func modelSettings(model string) map[string]bool {
	known := map[string]bool{}
	if entry, err := catalog.Lookup(model); err == nil {
		if fields, err := entry.Settings(); err == nil {
			for _, f := range fields {
				known[f.Name] = true
			}
		}
	}
	return known
}

// suit makes the model's settings fit the data, where the user did not choose. A network alone does not know the level of a
// series that wanders: forecasters begin with the last value taken out of each window, and with a linear map beside them. Streams of
// truncated BPTT have no windows, and whole sequences have labels.
func (c *Config) suit(asked []placed) {
	c.suitRate(asked)
	if c.Optimizer.Optimizer == "lbfgs" && !slices.ContainsFunc(asked, func(a placed) bool { return a.Name == "clip-norm" }) {
		c.Optimizer.ClipNorm = 0 // its line search takes the gradient as it is
	}
	if info, err := datasets.Lookup(c.Data.Data); err == nil && info.Sequences {
		return
	}
	known := modelSettings(c.Model.Model)
	for _, a := range asked {
		if key, _, _ := strings.Cut(a.Text, "="); a.Name == "set" {
			delete(known, strings.TrimSpace(key))
		}
	}
	put := func(key, value string) {
		if known[key] {
			if c.Model.Set == nil {
				c.Model.Set = map[string]string{}
			}
			c.Model.Set[key] = value
		}
	}
	if c.Window.TBPTT > 0 {
		put("window_norm", "none")
		put("highway", "0")
		return
	}
	if c.Model.Set["window_norm"] == "" {
		put("window_norm", "last")
	}
	if lags, err := strconv.Atoi(c.Model.Set["highway"]); err != nil || lags > c.Window.Input {
		put("highway", strconv.Itoa(c.Window.Input))
	}
}

// suitRate chooses the learning rate of Adam and AdamW for series of some hundreds to some thousands of windows: three times their
// papers' unless the data set has its own. Other optimizers keep their own.
func (c *Config) suitRate(asked []placed) {
	o := &c.Optimizer
	if slices.ContainsFunc(asked, func(a placed) bool { return a.Name == "lr" }) {
		return
	}
	switch {
	case o.Set["rate"] != "" || o.Optimizer != "adam" && o.Optimizer != "adamw":
		o.LR = 0
	case o.LR == 0:
		o.LR = 0.003
	}
}
