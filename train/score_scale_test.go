package train

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lenz/datasets"
)

func oneColumn(t *testing.T, name string, values ...float64) *datasets.Series {
	t.Helper()
	s, err := datasets.NewSeries(name, []string{"y"}, [][]float64{values})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNaiveScalesByHand(t *testing.T) {
	s := oneColumn(t, "a", 1, 3, 2, 6, math.NaN(), 5, 1000, 0)
	flat := oneColumn(t, "flat", 2, 2, 2, 2, 2, 2, 7, 8)
	split, err := datasets.SplitSpec{Train: 6, Valid: 0, Test: 2, Counts: true}.Cut(s, flat)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		period      int
		abs, square float64
	}{
		{1, (2 + 1 + 4.) / 3, (4 + 1 + 16.) / 3}, // 3-1, 2-3, 6-2; the pairs with the missing value are passed over
		{2, (1 + 3 + 1.) / 3, (1 + 9 + 1.) / 3},  // 2-1, 6-3, 5-6
	} {
		got, err := NaiveScales(split, datasets.Test, []string{"y"}, c.period)
		if err != nil {
			t.Fatal(err)
		}
		want := Scales{Period: c.period, Abs: [][]float64{{c.abs}, {math.NaN()}}, Square: [][]float64{{c.square}, {math.NaN()}}}
		if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Scales{}, "Notes")); d != "" {
			t.Errorf("period %d (-want +got):\n%s", c.period, d)
		}
		if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "leave out flat y") {
			t.Errorf("notes %q", got.Notes)
		}
	}
	if _, err := NaiveScales(split, datasets.Test, []string{"x"}, 1); err == nil || !strings.Contains(err.Error(), `no column "x"`) {
		t.Errorf("unknown target: %v", err)
	}
	if _, err := NaiveScales(split, datasets.Test, []string{"y"}, -1); err == nil {
		t.Error("a period of -1 was taken")
	}
}

func TestNaiveScalesFindTheTrainingRowsOfASeries(t *testing.T) {
	a, b := oneColumn(t, "a", 0, 1, 2), oneColumn(t, "b", 0, 3, 6)
	testB, other := oneColumn(t, "b", 100, 200), oneColumn(t, "other", 100, 200)
	split, err := datasets.SplitFiles([]*datasets.Series{a, b}, nil, []*datasets.Series{testB, other})
	if err != nil {
		t.Fatal(err)
	}
	got, err := NaiveScales(split, datasets.Test, []string{"y"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	// b by its name; the other takes the mean over all training rows.
	if d := cmp.Diff([][]float64{{3}, {2}}, got.Abs); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
