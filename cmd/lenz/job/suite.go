package job

import (
	"fmt"
	"strings"

	"lenz/internal/near"
)

// suites are sets of small tasks, from the cheapest to the dearest, that differ in what makes them hard.
func suites() map[string][]member {
	task := func(name, data string, settings ...Assignment) member {
		return member{name, append([]Assignment{{"data", data}}, settings...)}
	}
	return map[string][]member{
		"small": {
			task("quadratic", quadraticTask, Assignment{"epochs", "10"}, Assignment{"clip-norm", "0"}),
			task("sunspots-yearly", "sunspots-yearly", Assignment{"input", "22"}, Assignment{"horizon", "3"}, Assignment{"transform", "sqrt"},
				Assignment{"batch", "32"}, Assignment{"set", "hidden=16"}, Assignment{"epochs", "20"}),
			task("air-passengers", "air-passengers", Assignment{"input", "24"}, Assignment{"horizon", "6"}, Assignment{"transform", "log"},
				Assignment{"batch", "16"}, Assignment{"set", "hidden=16"}, Assignment{"epochs", "20"}),
			task("mackey-glass", "mackey-glass", Assignment{"data-set", "length=1600"}, Assignment{"input", "24"}, Assignment{"horizon", "6"},
				Assignment{"stride", "2"}, Assignment{"batch", "32"}, Assignment{"set", "hidden=16"}, Assignment{"set", "highway=0"}, Assignment{"epochs", "10"}),
			task("adding", "adding", Assignment{"data-set", "T=20"}, Assignment{"data-set", "train=1600"}, Assignment{"data-set", "valid=200"},
				Assignment{"data-set", "test=500"}, Assignment{"set", "hidden=24"}, Assignment{"batch", "32"}, Assignment{"epochs", "20"}),
		},
	}
}

// suite finds a set of tasks by name.
func suite(name string) ([]member, error) {
	all := suites()
	if members, ok := all[name]; ok {
		return members, nil
	}
	known := sortedKeys(all)
	return nil, fmt.Errorf("unknown suite %q: there is %s%s", name, strings.Join(known, ", "), near.Suggest(name, known))
}
