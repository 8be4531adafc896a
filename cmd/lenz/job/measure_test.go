package job

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenz/train"
)

// An interrupt that comes while a finished run is measured ends the measurement, and the run can go on with it.
func TestInterruptedMeasurementGoesOn(t *testing.T) {
	c, err := Layers{Flags: []Assignment{{"model", "rbm"}, {"data", "bars"}, {"data-set", "n=5"}, {"set", "hidden=23"}, {"epochs", "2"}}}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	measuring := func(format string, _ ...any) {
		if strings.HasPrefix(format, "measuring") {
			cancel()
		}
	}
	out, err := Train(ctx, Request{Config: c, Out: dir, Say: measuring})
	if !errors.Is(err, context.Canceled) || out.Status != train.Interrupted || !strings.Contains(out.Reason, "while it was measured") {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(dir, fileResult)); err != nil {
		t.Error(err)
	}
	if c, err = (Layers{File: filepath.Join(dir, fileConfig)}).Resolve(); err != nil {
		t.Fatal(err)
	}
	out, err = Train(context.Background(), Request{Config: c, Resume: dir})
	if err != nil || out.Status != train.Completed {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, ok := out.Test.Get("log_likelihood_error"); !ok {
		t.Errorf("the resumed run has the scores %v", out.Test)
	}
}
