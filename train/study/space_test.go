package study

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"lenz/internal/rng"
)

func TestParseRange(t *testing.T) {
	for _, text := range []string{"rate=log:0.0001:0.1", "beta1=lin:0:0.95", "hidden=int:16:128", "hidden=logint:8:512", "schedule=choice:constant|cosine"} {
		r, err := ParseRange(text)
		if err != nil || r.String() != text {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for text, want := range map[string]string{
		"rate":                 "want NAME=SCALE:LOW:HIGH",
		"rate=lg:1:2":          `did you mean "log"?`,
		"rate=log:1":           "want two numbers",
		"rate=log:a:b":         "want two numbers",
		"rate=log:1e-1:1e-4":   "is empty: it goes from 0.1 to 0.0001",
		"rate=log:1:1":         "is empty",
		"rate=log:0:1":         "logarithmic and begins at 0",
		"hidden=int:1.5:4":     "want whole ends",
		"schedule=choice:":     "is empty: want choices",
		"rate=log:1e-400:1":    "begins at 0",
		"rate=lin:-Inf:1":      "is empty",
		"hidden=logint:-3:100": "begins at -3",
	} {
		if _, err := ParseRange(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestRangesReachTheirEndsAndNoFurther(t *testing.T) {
	last := math.Nextafter(1, 0)
	for _, c := range []struct {
		r         Range
		low, high string
	}{
		{Range{Scale: Integer, Low: 2, High: 5}, "2", "5"},
		{Range{Scale: LogInteger, Low: 8, High: 512}, "8", "512"},
		{Range{Scale: Choice, Choices: []string{"a", "b", "c"}}, "a", "c"},
		{Range{Scale: Linear, Low: -1, High: 1}, "-1", "0.9999999999999998"},
	} {
		if c.r.At(0) != c.low || c.r.At(last) != c.high {
			t.Errorf("%v goes from %s to %s", c.r, c.r.At(0), c.r.At(last))
		}
	}
	// Integers are equally likely: the middle of each quarter of [0, 1) gives one of the four.
	r := Range{Scale: Integer, Low: 2, High: 5}
	for i := range 4 {
		if got := r.At((float64(i) + 0.5) / 4); got != strconv.Itoa(i+2) {
			t.Errorf("part %d gives %s", i, got)
		}
	}
	if v, _ := strconv.ParseFloat(Range{Scale: Log, Low: 1e-4, High: 1}.At(0.5), 64); math.Abs(v-1e-2) > 1e-15 {
		t.Errorf("the middle of a logarithmic range is %v", v)
	}
}

// A scrambled Halton sequence keeps what makes it quasirandom: in base b, the first b^k points fall one into each of b^k equal parts;
// and it is extensible: more points begin with the same.
func TestPointsCoverTheCubeEvenly(t *testing.T) {
	for seed := range uint64(5) {
		u := unitPoints(36, 2, rng.New(seed, "points"))
		for j, c := range []struct{ base, n int }{{2, 32}, {3, 27}} {
			seen := make([]bool, c.n)
			for i := range c.n {
				seen[int(u.At(i, j)*float64(c.n))] = true
			}
			if slices.Contains(seen, false) {
				t.Errorf("seed %d, dimension %d: a part of %d is empty", seed, j, c.n)
			}
		}
		// 36 = 4 x 9 points: one in each cell of the grid.
		cells := map[[2]int]int{}
		for i := range 36 {
			cells[[2]int{int(u.At(i, 0) * 4), int(u.At(i, 1) * 9)}]++
		}
		if len(cells) != 36 {
			t.Errorf("seed %d: %d of 36 cells are hit", seed, len(cells))
		}
		few := unitPoints(5, 2, rng.New(seed, "points"))
		for i := range 5 {
			if few.At(i, 0) != u.At(i, 0) || few.At(i, 1) != u.At(i, 1) {
				t.Errorf("seed %d: five points do not begin thirty-six", seed)
			}
		}
	}
	a, b := unitPoints(4, 1, rng.New(1, "points")), unitPoints(4, 1, rng.New(2, "points"))
	if a.At(0, 0) == b.At(0, 0) {
		t.Error("seeds do not matter")
	}
}

// Random points are uniform and independent: none of what makes Halton's even, and more of them begin with the same.
func TestRandomPoints(t *testing.T) {
	const n = 4000
	u := randomPoints(n, 3, rng.New(1, "points"))
	for j := range 3 {
		column := mat.Col(nil, j, u)
		// The standard errors of a mean, a variance and a correlation of so many: 0.0046, 0.0012 and 0.016.
		mean, variance := stat.MeanVariance(column, nil)
		if math.Abs(mean-0.5) > 0.02 || math.Abs(variance-1.0/12) > 0.006 {
			t.Errorf("dimension %d has the mean %.3f and the variance %.4f, want 0.5 and 0.0833", j, mean, variance)
		}
		for k := range j {
			if r := stat.Correlation(column, mat.Col(nil, k, u), nil); math.Abs(r) > 0.07 {
				t.Errorf("dimensions %d and %d have the correlation %.3f", j, k, r)
			}
		}
	}
	s := Space{{Name: "a", Scale: Linear, High: 1}, {Name: "b", Scale: Integer, Low: 1, High: 9}}
	few, more := s.Points(Random, 5, rng.New(2, "x")), s.Points(Random, 9, rng.New(2, "x"))
	if !reflect.DeepEqual(few, more[:5]) {
		t.Error("five points do not begin nine")
	}
	if halton := s.Points("", 5, rng.New(2, "x")); reflect.DeepEqual(few, halton) || !reflect.DeepEqual(halton, s.Points(Quasirandom, 5, rng.New(2, "x"))) {
		t.Error("a sampler that is not named is not the quasirandom one")
	}
	p := Default()
	p.Sampler = "randon"
	if err := p.Check(); err == nil || !strings.Contains(err.Error(), `did you mean "random"`) {
		t.Errorf("an unknown sampler: %v", err)
	}
}

func TestAnEmptySpaceHasOnePoint(t *testing.T) {
	if p := (Space{}).Points(Random, 8, rng.New(1, "x")); len(p) != 1 || len(p[0]) != 0 {
		t.Errorf("got %v", p)
	}
}
