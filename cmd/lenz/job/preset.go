package job

import (
	"strings"

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
		{"lr", "0.005"}, {"epochs", "30"}, {"patience", "0"},
	},
}

// preset returns the settings that suit a data set and exist for the model.
func preset(data, model string) []Assignment {
	entry, err := catalog.Lookup(model)
	if err != nil {
		return presets[data] // the model's name is refused elsewhere
	}
	fields, err := entry.Settings()
	if err != nil {
		return presets[data]
	}
	known := map[string]bool{}
	for _, f := range fields {
		known[f.Name] = true
	}
	var out []Assignment
	for _, a := range presets[data] {
		key, _, _ := strings.Cut(a.Text, "=")
		if a.Name != "set" || known[key] {
			out = append(out, a)
		}
	}
	return out
}
