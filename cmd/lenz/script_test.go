package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script. Beside testscript's commands there are:
//
//	refuse STATUS REGEXP ARGS...  lenz ARGS --quiet ends with the status, says one line that matches, prints nothing and leaves no runs folder
//	object FILE KEY...            the file (or stdout) is exactly one JSON object, and holds the keys; a.b is b in a, a=text a value
//	same FILE FILE                the files are equal to the bit
//	lines FILE N                  the file (or stdout) has N lines
//	npy FILE ROWS                 writes an array of two columns as NumPy does
//	series FILE ROWS              writes a daily series with the columns date, x, y
//	damage FILE                   turns a bit in the middle of each file
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Condition: func(name string) (bool, error) {
			if name == "root" { // whom permissions do not stop
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"refuse": refuse, "object": object, "same": same, "lines": lines, "npy": npy, "series": series, "damage": damage,
		},
	})
}

func refuse(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: refuse STATUS REGEXP ARGS...")
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("lenz", append(args[2:], "--quiet")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), &stdout, &stderr
	cmd.Env = append(os.Environ(), environment(ts)...)
	var exit *exec.ExitError
	err := cmd.Run()
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit status %s, want %s; it says %s", got, args[0], stderr.String())
	}
	said := stderr.String()
	if strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "lenz: ") {
		ts.Fatalf("want one line on standard error, got %q", said)
	}
	if !regexp.MustCompile(args[1]).MatchString(said) {
		ts.Fatalf("%q does not match %q", said, args[1])
	}
	if stdout.Len() > 0 {
		ts.Fatalf("standard output has %q", stdout.String())
	}
	if _, err := os.Stat(ts.MkAbs("runs")); err == nil {
		ts.Fatalf("a folder runs is left after %q", said)
	}
}

// environment is what a script has set for lenz.
func environment(ts *testscript.TestScript) []string {
	var set []string
	for _, name := range []string{"LENZ_EPOCH", "LENZ_EPOCHS"} {
		if v := ts.Getenv(name); v != "" {
			set = append(set, name+"="+v)
		}
	}
	return set
}

func object(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	d := json.NewDecoder(strings.NewReader(text))
	var o map[string]any
	ts.Check(d.Decode(&o))
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("more than one object in %s", text)
	}
	for _, key := range args[1:] {
		path, want, hasValue := strings.Cut(key, "=")
		var at any = o
		for name := range strings.SplitSeq(path, ".") {
			m, ok := at.(map[string]any)
			if !ok {
				ts.Fatalf("%s: nothing at %s", path, name)
			}
			if at, ok = m[name]; !ok || at == nil {
				ts.Fatalf("%s is missing in %s", path, text)
			}
		}
		if found, err := json.Marshal(at); hasValue && (err != nil || strings.Trim(string(found), `"`) != want) {
			ts.Fatalf("%s is %s, want %s", path, found, want)
		}
	}
}

func same(ts *testscript.TestScript, neg bool, args []string) {
	if (ts.ReadFile(args[0]) == ts.ReadFile(args[1])) == neg {
		ts.Fatalf("%s and %s: equal is %v", args[0], args[1], !neg)
	}
}

func lines(ts *testscript.TestScript, _ bool, args []string) {
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d lines, want %s:\n%s", args[0], n, args[1], ts.ReadFile(args[0]))
	}
}

func series(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(dailySeries(n)), 0o666))
}

func damage(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		b, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		b[len(b)/2] ^= 1
		ts.Check(os.WriteFile(ts.MkAbs(name), b, 0o666))
	}
}

// npy writes format 1.0: magic, version, length of the header, header padded to 64 bytes, values.
func npy(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, 2), }", rows)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	b = append(b, header...)
	for i := range rows {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i%7)))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i%5)))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o666))
}
