package study

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"lenz/internal/rng"
)

// goldens are those of testdata/goldens.py.
type goldens struct {
	Signed, Paired []struct {
		D []float64
		P float64
	}
	Large struct {
		D []float64
		P float64
	}
	Median []struct {
		N, K     int
		Coverage float64
	}
	Power []struct {
		N, M         int
		Delta, Power float64
	}
}

func readGoldens(t *testing.T) goldens {
	t.Helper()
	text, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// equal allows for rounding in sums of up to 2^50 terms, each a share in float64.
func equal(a, b float64) bool { return math.Abs(a-b) <= 1e-10*math.Max(1e-3, math.Abs(b)) }

func TestTestsAgreeWithScipy(t *testing.T) {
	g := readGoldens(t)
	for _, c := range g.Signed {
		if p := WilcoxonP(c.D); !equal(p, c.P) {
			t.Errorf("signed ranks of %v: p = %v, scipy has %v", c.D, p, c.P)
		}
	}
	for _, c := range g.Paired {
		if p := PairedTP(c.D); !equal(p, c.P) {
			t.Errorf("t test of %v: p = %v, scipy has %v", c.D, p, c.P)
		}
	}
	if p := WilcoxonP(g.Large.D); !equal(p, g.Large.P) {
		t.Errorf("signed ranks of 400 normal values: p = %v, scipy has %v", p, g.Large.P)
	}
}

// enumerate counts all signs of the ranks: the definition of the exact test.
func enumerate(d []float64) float64 {
	twice := doubledRanks(d)
	total, plus := 0, 0
	for _, r := range twice {
		total += abs(r)
		plus += max(r, 0)
	}
	extreme, hits := min(plus, total-plus), 0
	for mask := range 1 << len(twice) {
		sum := 0
		for i, r := range twice {
			if mask>>i&1 == 1 {
				sum += abs(r)
			}
		}
		if sum <= extreme || total-sum <= extreme {
			hits++
		}
	}
	return float64(hits) / float64(int(1)<<len(twice))
}

func TestSignedRanksWithTiesZerosAndInfinities(t *testing.T) {
	inf := math.Inf(1)
	for _, d := range [][]float64{
		{1, 1, 2, -1, 3, 3}, {0, 0, 1, 2, -3, 4}, {inf, inf, -1, 2, inf}, {inf, -inf, 1, 1}, {5}, {2, -2}, {1, 1, 1, 1, 1, 1, 1},
	} {
		if p, want := WilcoxonP(d), enumerate(d); !equal(p, want) {
			t.Errorf("%v: p = %v, all signs give %v", d, p, want)
		}
	}
	if p := WilcoxonP([]float64{0, 0, 0}); p != 1 {
		t.Errorf("without any difference p = %v", p)
	}
	// The table of Wilcoxon (1945) for n = 5 to 7: the smallest p is 2^(1-n).
	for n := 2; n < 12; n++ {
		d := make([]float64, n)
		for i := range d {
			d[i] = float64(i + 1)
		}
		if p, want := WilcoxonP(d), SignedRank.SmallestP(n, 1); !equal(p, want) {
			t.Errorf("%d differences of one sign: p = %v, want %v", n, p, want)
		}
	}
}

func TestPairedTOfDegenerateDifferences(t *testing.T) {
	if p := PairedTP([]float64{1}); !math.IsNaN(p) {
		t.Errorf("one difference: %v", p)
	}
	if p := PairedTP([]float64{1, math.Inf(1)}); !math.IsNaN(p) {
		t.Errorf("an infinite difference: %v", p)
	}
	if p := PairedTP([]float64{0, 0}); p != 1 {
		t.Errorf("no difference: %v", p)
	}
	if p := PairedTP([]float64{2, 2, 2}); p != 0 {
		t.Errorf("always the same difference: %v", p)
	}
}

func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}}, // R: p.adjust(p, "holm")
		{[]float64{0.5, 0.9}, []float64{1, 1}},
		{[]float64{0.02, math.NaN(), 0.03}, []float64{0.04, math.NaN(), 0.04}},
		{nil, nil},
	} {
		got := Holm(c.p)
		for i := range c.want {
			if !equal(got[i], c.want[i]) && !(math.IsNaN(got[i]) && math.IsNaN(c.want[i])) {
				t.Errorf("Holm(%v) = %v, want %v", c.p, got, c.want)
			}
		}
	}
}

func TestSeedsNeeded(t *testing.T) {
	// 2^(1-n) m <= 0.05 by hand: one comparison 1/32, fifteen 15/512.
	for _, c := range []struct{ m, want int }{{1, 6}, {3, 7}, {6, 8}, {15, 10}, {75, 12}} {
		if n := SignedRank.SeedsNeeded(c.m, 0.05); n != c.want {
			t.Errorf("%d comparisons need %d seeds, want %d", c.m, n, c.want)
		}
	}
	if n := PairedT.SeedsNeeded(15, 0.05); n != 2 {
		t.Errorf("the t test needs %d", n)
	}
}

// The approximation of Detectable is good to a few per cent of power where it matters: scipy's noncentral t says so.
func TestDetectableHasItsPower(t *testing.T) {
	for _, c := range readGoldens(t).Power {
		d := PairedT.Detectable(c.N, c.M, 0.05, 1)
		if c.Power < 0.72 && d < c.Delta || c.Power > 0.88 && d > c.Delta {
			t.Errorf("n = %d, m = %d: an effect of %v has the power %.3f, and the one said to have 0.8 is %.3f", c.N, c.M, c.Delta, c.Power, d)
		}
	}
	if d := SignedRank.Detectable(5, 15, 0.05, 1); !math.IsInf(d, 1) {
		t.Errorf("five seeds detect %v among fifteen comparisons, which they cannot", d)
	}
	if SignedRank.Detectable(12, 3, 0.05, 1) <= PairedT.Detectable(12, 3, 0.05, 1) {
		t.Error("ranks detect less than values, for normal differences")
	}
}

func TestMedianInterval(t *testing.T) {
	for _, c := range readGoldens(t).Median {
		values := make([]float64, c.N)
		for i := range values {
			values[i] = float64(c.N - i) // order does not matter
		}
		i := MedianInterval(values, 0.95)
		if !equal(i.Coverage, c.Coverage) || int(i.Low) != c.K || int(i.High) != c.N+1-c.K {
			t.Errorf("n = %d: got %v, want order statistic %d with coverage %v", c.N, i, c.K, c.Coverage)
		}
	}
	if i := MedianInterval([]float64{3}, 0.95); i.Low != 3 || i.High != 3 || i.Coverage != 0 {
		t.Errorf("one value: %v", i)
	}
}

func TestMedianBearsInfinities(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{1, 2, inf}, 2}, {[]float64{1, inf}, inf}, {[]float64{inf, inf}, inf}, {[]float64{4, 1}, 2.5}, {[]float64{7}, 7}} {
		if m := Median(c.v); m != c.want {
			t.Errorf("median of %v is %v, want %v", c.v, m, c.want)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("the median of nothing is a number")
	}
}

// The bootstrap interval of a mean of normal values is that of the normal approximation, within what 20,000 resamples resolve.
func TestBootstrap(t *testing.T) {
	s := rng.New(1, "bootstrap test")
	values := make([]float64, 200)
	mean := func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum / float64(len(v))
	}
	for i := range values {
		values[i] = s.Float64At(uint64(i))
	}
	variance := 0.0
	for _, v := range values {
		variance += (v - mean(values)) * (v - mean(values)) / float64(len(values))
	}
	half := 1.96 * math.Sqrt(variance/float64(len(values)))
	i := Bootstrap(values, mean, 0.95, 20000, 1)
	// The ends scatter by about 1.5% of their distance from the mean.
	if math.Abs(float64(i.Low)-(mean(values)-half)) > 0.06*half || math.Abs(float64(i.High)-(mean(values)+half)) > 0.06*half {
		t.Errorf("got %v, want %v +- %v", i, mean(values), half)
	}
	if j := Bootstrap(values, mean, 0.95, 20000, 1); i != j {
		t.Error("the same seed gives another interval")
	}
}

func TestProfiles(t *testing.T) {
	inf := math.Inf(1)
	got := Profiles([][]float64{{10, 20, inf}, {30, 30, 90}, {inf, 5, 10}, {inf, inf, inf}})
	want := []Profile{
		{[]float64{1}, []float64{0.5}},
		{[]float64{1, 2}, []float64{0.5, 0.75}},
		{[]float64{1, 2, 3}, []float64{0, 0.25, 0.5}},
	}
	for i, p := range want {
		if !slices.Equal(got[i].Ratio, p.Ratio) || !slices.Equal(got[i].Share, p.Share) {
			t.Errorf("solver %d: %v, want %v", i, got[i], p)
		}
	}
	if got[2].At(2.5) != 0.25 || got[2].At(1) != 0 || got[2].At(100) != 0.5 {
		t.Errorf("values of %v", got[2])
	}
}
