package graph_test

import (
	"math"
	"strings"
	"testing"

	"lenz/graph"
)

func set(t *testing.T, p *graph.Program, name string, v ...float64) {
	t.Helper()
	if err := p.Set(name, v); err != nil {
		t.Fatal(err)
	}
}

func maxDiff(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var m float64
	for i := range a {
		m = max(m, math.Abs(a[i]-b[i]))
	}
	return m
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}
