package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Neither a run nor a forecast nor a study opens a socket or starts a program, as the kernel sees it. (That what lenz is built of could, is
// told by the house's table of imports.)
func TestNoNetworkAndNoOtherProgram(t *testing.T) {
	if exec.Command("strace", "-f", "-o", os.DevNull, "true").Run() != nil {
		t.Skip("there is no strace, or it may not trace here")
	}
	dir := t.TempDir()
	s := studyJobs()[0]
	for _, args := range [][]string{
		{"train", "--quiet", "--data", "air-passengers", "--epochs", "2", "--input", "12", "--horizon", "3", "--out", "run"},
		{"forecast", "run"}, {"evaluate", "run"}, append([]string{s.command, "--out", "study"}, s.args...),
	} {
		trace := filepath.Join(dir, "trace")
		cmd := exec.Command("strace", append([]string{"-f", "-e", "trace=network,execve", "-o", trace, "lenz"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		calls := string(read(t, trace))
		for _, call := range []string{"socket(", "connect(", "bind(", "sendto("} {
			if strings.Contains(calls, call) {
				t.Errorf("lenz %v calls %s", args, call)
			}
		}
		if n := strings.Count(calls, "execve("); n != 1 {
			t.Errorf("lenz %v starts %d programs beside itself", args, n-1)
		}
	}
}
