package memory

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestFree(t *testing.T) {
	free := Free()
	if runtime.GOOS == "linux" && !(free > 1<<20 && free < 1<<50) {
		t.Errorf("%v bytes are free, want between a mebibyte and a pebibyte", free)
	}
	if free < 0 {
		t.Errorf("%v bytes are free", free)
	}
}

func TestNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limit")
	for text, want := range map[string]float64{"4096\n": 4096, "max\n": 0, "": 0} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := number(path); got != want {
			t.Errorf("a limit of %q is read as %v, want %v", text, got, want)
		}
	}
	if got := number(path + ".absent"); got != 0 {
		t.Errorf("a file that is not there is read as %v, want 0", got)
	}
}
