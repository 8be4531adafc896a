package datasets

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHold(t *testing.T) {
	gap := math.NaN()
	s, err := NewSeries("r", []string{"a", "b"}, [][]float64{{1, gap, gap, 4, gap}, {gap, gap, 3, 4, 5}})
	if err != nil {
		t.Fatal(err)
	}
	held, err := s.ResolveMissing(Hold)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]float64{{1, 1, 1, 4, 4}, {3, 3, 3, 4, 5}}, held.Values); d != "" {
		t.Error(d)
	}
	want := []string{"3 missing values were filled with the last value before them",
		"2 missing values at the beginning were filled with the next value, as there is none before them"}
	if d := cmp.Diff(want, held.Notes); d != "" {
		t.Error(d)
	}
	if !math.IsNaN(s.Values[0][1]) || s.Notes != nil {
		t.Error("holding changed the series itself")
	}
	s.Values[1] = []float64{gap, gap, gap, gap, gap}
	if _, err := s.ResolveMissing(Hold); err == nil || !strings.Contains(err.Error(), `column "b" has no value to hold`) {
		t.Errorf("an empty column: %v", err)
	}
	for _, policy := range MissingPolicies() {
		if _, err := s.ResolveMissing(Refuse); policy != "refuse" && !strings.Contains(err.Error(), policy) {
			t.Errorf("%v does not name %s", err, policy)
		}
	}
}

// What comes after a gap changes what interpolation fills it with, and never what holding does.
func TestHoldSeesNoFuture(t *testing.T) {
	for policy, same := range map[MissingPolicy]bool{Hold: true, Interpolate: false} {
		filled := func(after float64) []float64 {
			s, err := NewSeries("r", []string{"a"}, [][]float64{{1, math.NaN(), math.NaN(), after}})
			if err != nil {
				t.Fatal(err)
			}
			if s, err = s.ResolveMissing(policy); err != nil {
				t.Fatal(err)
			}
			return s.Values[0][:3]
		}
		if got := slices.Equal(filled(10), filled(20)); got != same {
			t.Errorf("%s: the past is the same whatever follows: %v, want %v", policy, got, same)
		}
	}
}
