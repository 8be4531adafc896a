package house

import (
	"os/exec"
	"strings"
	"testing"
)

// rooms says which of our packages each of ours may import, by prefix; the first row that fits a package counts.
// Third-party imports and tests are another matter.
var rooms = []struct {
	room string
	may  []string
}{
	{"lenz/internal", []string{"lenz/internal"}},
	{"lenz/graph/kernel", nil},
	{"lenz/graph", []string{"lenz/graph", "lenz/internal"}},
	{"lenz/optim", []string{"lenz/optim", "lenz/graph", "lenz/internal"}},
	{"lenz/datasets", []string{"lenz/datasets", "lenz/internal"}},
	{"lenz/layers", []string{"lenz/graph", "lenz/internal"}},
	{"lenz/models", []string{"lenz/models", "lenz/layers", "lenz/graph", "lenz/datasets", "lenz/internal"}},
	{"lenz/train", []string{"lenz/train", "lenz/graph", "lenz/datasets", "lenz/optim", "lenz/internal"}},
	{"lenz/cmd", []string{"lenz/"}},
}

func under(path, room string) bool {
	return path == room || strings.HasPrefix(path, strings.TrimSuffix(room, "/")+"/")
}

func TestWhoImportsWhom(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "lenz/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Fields(line)
		packages++
		for _, imported := range fields[1:] {
			if under(imported, "lenz") && !allowed(fields[0], imported) {
				t.Errorf("%s imports %s, which the plan of the house does not allow", fields[0], imported)
			}
		}
	}
	if packages < 5 {
		t.Errorf("go list found %d packages; the test looks at nothing", packages)
	}
}

func allowed(from, imported string) bool {
	for _, r := range rooms {
		if !under(from, r.room) {
			continue
		}
		for _, m := range r.may {
			if under(imported, m) {
				return true
			}
		}
		return false
	}
	return false
}

func TestTheRuleRefuses(t *testing.T) {
	for _, c := range [][2]string{
		{"lenz/models/recurrent", "lenz/train"}, {"lenz/models/recurrent", "lenz/optim"}, {"lenz/train", "lenz/models"},
		{"lenz/graph/kernel", "lenz/internal/rng"}, {"lenz/datasets", "lenz/graph"}, {"lenz/internal/rng", "lenz/graph"}, {"lenz/new", "lenz/graph"},
	} {
		if allowed(c[0], c[1]) {
			t.Errorf("%s may import %s", c[0], c[1])
		}
	}
}
