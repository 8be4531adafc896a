package models_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenz/graph"
	"lenz/models"
)

// A turned bit in the weights would change forecasts without a word.
func TestDamagedWeightsAreRefused(t *testing.T) {
	p := graph.NewParams(graph.Float32, 1)
	for _, name := range []string{"b", "a"} {
		if _, err := p.Add(name, graph.Normal(1), 2, 2); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := models.Save(path, p, models.Spec{Version: models.SpecVersion, Model: "rnn"}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := models.ReadSpec(path); err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(whole), `\"rnn\"`)
	if at < 0 {
		t.Fatalf("no specification in %q", whole)
	}
	for _, i := range []int{at + 2, len(whole) - 1, len(whole) - 17, len(whole) - 32} {
		b := append([]byte(nil), whole...)
		b[i] ^= 1
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := models.ReadSpec(path); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("byte %d of %d turned: %v", i, len(b), err)
		}
	}
}
