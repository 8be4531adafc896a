package house

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// watched are the packages through which code reaches beyond its memory: files, network, processes, and formats that name types.
var watched = []string{
	"net", "net/http", "os", "os/exec", "os/signal", "plugin", "syscall", "io/ioutil", "encoding/gob", "golang.org/x/sys/unix", "golang.org/x/sys/windows",
}

// touches says which of them each module in the command imports, our own by package. docs/reliability.md says what for.
var touches = map[string]string{
	"codeberg.org/go-pdf/fpdf":             "encoding/gob os",
	"git.sr.ht/~sbinet/gg":                 "os",
	"github.com/BurntSushi/toml":           "os",
	"github.com/apache/arrow/go/arrow":     "os",
	"github.com/awalterschulze/gographviz": "encoding/gob io/ioutil os",
	"github.com/gogo/protobuf":             "io/ioutil",
	"github.com/golang/protobuf":           "io/ioutil",
	"github.com/schollz/progressbar/v3":    "net/http os",
	"github.com/spf13/cobra":               "os",
	"github.com/spf13/pflag":               "net os",
	"go4.org/unsafe/assume-no-moving-gc":   "os",
	"golang.org/x/sys":                     "os syscall",
	"golang.org/x/term":                    "golang.org/x/sys/unix",
	"gonum.org/v1/plot":                    "os",
	"google.golang.org/protobuf":           "io/ioutil os",
	"gorgonia.org/gorgonia":                "io/ioutil",
	"gorgonia.org/tensor":                  "encoding/gob",
	"lenz/cmd/lenz":                        "os os/signal syscall",
	"lenz/cmd/lenz/job":                    "os",
	"lenz/cmd/lenz/reproduce":              "os",
	"lenz/datasets":                        "os",
	"lenz/internal/atomicfile":             "os",
	"lenz/internal/configfile":             "os",
	"lenz/internal/disk":                   "os",
	"lenz/internal/memory":                 "os",
	"lenz/internal/safetensors":            "os",
	"lenz/models/catalog":                  "os",
	"lenz/train":                           "os syscall",
	"lenz/train/study":                     "os",
}

// A dependency that begins to touch files, the network or processes is found here, and so is a loader of ours that would run what it reads.
func TestWhatDependenciesTouch(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{.Module.Path}} {{.ImportPath}} {{join .Imports \" \"}}{{end}}", "lenz/cmd/lenz")
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Fields(line)
		who := fields[0]
		if who == "lenz" {
			who = fields[1]
		}
		for _, imported := range fields[2:] {
			if slices.Contains(watched, imported) && !slices.Contains(found[who], imported) {
				found[who] = append(found[who], imported)
			}
		}
	}
	for who := range maps.Keys(found) {
		slices.Sort(found[who])
		if got := strings.Join(found[who], " "); got != touches[who] {
			t.Errorf("%s imports %q, the table says %q: look what for, and mend the table and docs/reliability.md", who, got, touches[who])
		}
	}
	for who := range touches {
		if found[who] == nil {
			t.Errorf("%s is in the table and imports none of these: take it out", who)
		}
	}
}
