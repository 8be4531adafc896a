package job

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// sharedData is the folder of data sets that are not part of the tree; tests that want one are skipped without it.
func sharedData(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"../../../../shared/data"}, parts...)...)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	t.Skipf("the shared data %v are not here", parts)
	return ""
}

// learnDensity trains through the same door as the command, and returns the outcome.
func learnDensity(t *testing.T, set string, flags ...Assignment) *Outcome {
	t.Helper()
	if os.Getenv("LENZ_LONG") == "" {
		t.Skip("takes a minute; set LENZ_LONG=1 to run it")
	}
	flags = append([]Assignment{
		{"model", "rbm"}, {"data", sharedData(t, "binary_density", set+".train.data.gz")}, {"valid", sharedData(t, "binary_density", set+".valid.data.gz")},
		{"test", sharedData(t, "binary_density", set+".test.data.gz")}, {"set", "chains=pcd"},
	}, flags...)
	c, err := Layers{Flags: flags}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Train(context.Background(), Request{Config: c, Out: filepath.Join(t.TempDir(), "run"), Say: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %v", set, out.Test)
	return out
}

// NLTCS, 16 answers of 16,181 people: the pairwise Boltzmann machine of exact maximum likelihood has -6.028 nats a row on the test
// part, independent units -9.234. Log Z is exact here.
func TestNLTCS(t *testing.T) {
	out := learnDensity(t, "nltcs", Assignment{"set", "hidden=32"}, Assignment{"set", "particles=500"}, Assignment{"set", "steps=2"}, Assignment{"batch", "100"})
	if got := out.Test.Value("log_likelihood"); !(got >= -6.10) {
		t.Errorf("log-likelihood %v nats a row, want at least -6.10", got)
	}
	if b := out.Baselines["independent"].Value("log_likelihood"); math.Abs(b+9.234) > 0.01 {
		t.Errorf("independent units have %v, want -9.234", b)
	}
}

// DNA, 180 bits of 1,600 rows: independent units have -100.386. The bar of -97 has to hold at three standard errors of AIS.
func TestDNA(t *testing.T) {
	out := learnDensity(t, "dna", Assignment{"set", "hidden=30"}, Assignment{"set", "particles=200"}, Assignment{"set", "decay=0.002"},
		Assignment{"lr", "0.01"}, Assignment{"epochs", "150"})
	got, sd := out.Test.Value("log_likelihood"), out.Test.Value("log_likelihood_error")
	if !(got-3*sd >= -97) {
		t.Errorf("log-likelihood %v +- %v nats a row, want at least -97", got, sd)
	}
}
