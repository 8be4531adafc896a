package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// forbidden are packages by which a file could become a program, or reach further than its values: decoding of whole Go values,
// programs, plug-ins, the network.
func forbidden(path string) bool {
	return path == "encoding/gob" || path == "os/exec" || path == "plugin" || path == "net" || strings.HasPrefix(path, "net/")
}

// What reads files of unknown origin imports none of these, at any depth; what else we have does not by itself.
func TestLoadersRunNothing(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "lenz/datasets", "lenz/internal/safetensors", "lenz/internal/statefile", "lenz/internal/manifest",
		"lenz/internal/configfile", "lenz/internal/settings").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 40 || !slices.Contains(deps, "lenz/datasets") {
		t.Errorf("go list found %d packages; the test looks at nothing", len(deps))
	}
	for _, d := range deps {
		if forbidden(d) {
			t.Errorf("a package that reads files depends on %s", d)
		}
	}
	out, err = exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "lenz/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		for _, i := range fields[1:] {
			if forbidden(i) {
				t.Errorf("%s imports %s", fields[0], i)
			}
		}
	}
}

// opens are the functions of the packages that read files of unknown origin which open a file or look at one, and where its path comes
// from: the caller, or a name that stands in the program. None is a field of a file.
var opens = map[string]string{
	"datasets.ReadCSV":        "the caller",
	"datasets.openSized":      "the caller",
	"datasets.openPlain":      "the caller",
	"datasets.neighbours":     "the folder of the caller's path, for its names",
	"datasets.labelsBeside":   "the caller's path with images replaced by labels",
	"safetensors.ReadFile":    "the caller",
	"configfile.Open":         "the caller",
	"train.openCheckpoint":    "the checkpoint's folder and a constant name",
	"train.checkpoints":       "the caller's folder, for its names",
	"train.readManifest":      "the checkpoint's folder and a constant name",
	"train.describe":          "the checkpoint's folder and a name that Holds has compared with a constant",
	"train.damage":            "the checkpoint's folder and a constant name",
	"train.takeLock":          "the caller's folder and a constant name",
	"train.dropLock":          "the file that takeLock opened",
	"train.MetricsLog.first":  "the caller",
	"catalog.LoadWithContext": "the caller",
}

func TestNoFieldOfAFileBecomesAPath(t *testing.T) {
	found := map[string]bool{}
	for _, dir := range []string{"datasets", "internal/safetensors", "internal/statefile", "internal/manifest", "internal/configfile", "train", "models", "models/catalog"} {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files (%v)", dir, len(files), err)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				maps.Copy(found, opening(t, path))
			}
		}
	}
	for _, f := range slices.Sorted(maps.Keys(found)) {
		if _, known := opens[f]; !known {
			t.Errorf("%s opens a file: if its path cannot come from the contents of another, add it to the list", f)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(opens)) {
		if !found[f] {
			t.Errorf("%s opens no file: take it from the list", f)
		}
	}
}

// opening lists the functions of a file that call one of package os which takes a path.
func opening(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := file.Name.Name + "."
		if f.Recv != nil {
			receiver := f.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			if id, ok := receiver.(*ast.Ident); ok {
				name += id.Name + "."
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := call.X.(*ast.Ident); ok && from.Name == "os" && slices.Contains([]string{"Open", "OpenFile", "OpenRoot", "ReadFile", "ReadDir", "Create",
				"WriteFile", "Mkdir", "MkdirAll", "Stat", "Lstat", "Readlink", "Rename", "Remove", "RemoveAll", "DirFS", "Symlink", "Link", "Chdir"}, call.Sel.Name) {
				found[name+f.Name.Name] = true
			}
			return true
		})
	}
	return found
}
