package job

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenz/train"
	"lenz/train/study"
)

// block puts a folder where a picture is to be written.
func block(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(path, "taken"), 0o777); err != nil {
		t.Fatal(err)
	}
}

func readOutcome(t *testing.T, dir string, out any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, fileResult))
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A picture that cannot be written costs no number: result.json is there, whole, and the error names the picture.
func TestAPictureThatFailsCostsNoNumbers(t *testing.T) {
	small := []Assignment{{"data", "air-passengers"}, {"input", "12"}, {"horizon", "3"}, {"set", "hidden=4"}, {"epochs", "2"}}
	for picture, flags := range map[string][]Assignment{
		"loss.png": small, fileGraph: small, fileReport: small,
		"forecast.svg": {{"data", "mackey-glass"}, {"model", "esn"}, {"set", "units=20"}},
		"samples.png":  {{"model", "rbm"}, {"data", "bars"}, {"data-set", "n=3"}, {"set", "hidden=4"}, {"epochs", "2"}},
		"spins.png":    {{"model", "ising"}, {"set", "size=8"}, {"set", "thermalize=10"}, {"epochs", "2"}},
	} {
		c := resolved(t, flags...)
		dir := filepath.Join(t.TempDir(), "run")
		blocks := train.ObserverFunc(func(e train.Event) error {
			if e.Kind == train.EpochEnd {
				block(t, filepath.Join(dir, picture))
			}
			return nil
		})
		out, err := Train(context.Background(), Request{Config: c, Out: dir, Observer: blocks})
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, picture)) || !strings.Contains(err.Error(), "all numbers are in "+filepath.Join(dir, fileResult)) {
			t.Errorf("%s: the error is %v", picture, err)
		}
		if out == nil || out.Status != train.Completed {
			t.Fatalf("%s: the outcome is %+v", picture, out)
		}
		var kept Outcome
		readOutcome(t, dir, &kept)
		if kept.Status != train.Completed || len(kept.Test) != len(out.Test) || len(kept.Test) == 0 && len(kept.Samples.Observables) == 0 {
			t.Errorf("%s: result.json holds %+v", picture, kept)
		}
		if _, err := os.Stat(filepath.Join(dir, fileMetrics)); err != nil {
			t.Error(err)
		}
	}
}

func TestAPictureThatFailsCostsAStudyNoNumbers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "study")
	f := &Factory{}
	request := StudyRequest{Plan: study.Default(), Layers: Layers{Flags: []Assignment{{"data", "air-passengers"}, {"input", "12"}, {"horizon", "3"}, {"set", "hidden=4"}, {"epochs", "2"}}}}
	request.Plan.Trials, request.Plan.Seeds, request.Plan.Tunings, request.Plan.Timed = 2, 1, 1, 0
	request.Search = []string{"rate=log:1e-4:1e-1"}
	plan, err := request.BuildTune(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	r := StudyRun{Plan: plan, Factory: f, Command: "tune", Out: dir, Workers: 1, Say: func(string, ...any) {}, Watch: func(study.Record, int, int) { block(t, filepath.Join(dir, "loss.svg")) }}
	out, err := r.Carry(context.Background())
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "loss.svg")) || !strings.Contains(err.Error(), "all numbers are in") {
		t.Errorf("the error is %v", err)
	}
	if out == nil || out.Status != "completed" {
		t.Fatalf("the outcome is %+v", out)
	}
	var kept StudyOutcome
	readOutcome(t, dir, &kept)
	for _, name := range []string{fileStudy, fileCurves, fileTimes, fileBestConfig} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
