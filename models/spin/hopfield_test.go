package spin

import (
	"math"
	"strings"
	"testing"

	"lenz/internal/rng"
	"lenz/models"
)

func stored(t testing.TB, rule string, p, n int, seed uint64) *Network {
	t.Helper()
	h, err := Store(rule, RandomPatterns(p, n, rng.NewFast(rng.New(seed, "test"))), nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Weights are those of the formulas, written out for three patterns.
func TestStorageRules(t *testing.T) {
	const n = 12
	for _, rule := range Rules() {
		h := stored(t, rule, 3, n, 1)
		for i := range n {
			if h.Weight(i, i) != 0 {
				t.Errorf("%s: w_%d%d is %v", rule, i, i, h.Weight(i, i))
			}
			for j := range n {
				if h.Weight(i, j) != h.Weight(j, i) && math.Abs(h.Weight(i, j)-h.Weight(j, i)) > 1e-14 {
					t.Errorf("%s: not symmetric", rule)
				}
			}
		}
	}
	h := stored(t, "hebbian", 3, n, 1)
	s := stored(t, "storkey", 3, n, 1)
	w := make([][]float64, n)
	for i := range w {
		w[i] = make([]float64, n)
	}
	for _, x := range h.patterns {
		next := make([][]float64, n)
		for i := range n {
			next[i] = append([]float64(nil), w[i]...)
			for j := range n {
				if i == j {
					continue
				}
				field := func(a, b int) (sum float64) { // sum over k != a, b of w_ak x_k
					for k := range n {
						if k != a && k != b {
							sum += w[a][k] * float64(x[k])
						}
					}
					return sum
				}
				next[i][j] += (float64(x[i]*x[j]) - float64(x[i])*field(j, i) - field(i, j)*float64(x[j])) / n
			}
		}
		w = next
	}
	for i := range n {
		for j := range n {
			sum := 0.0
			for _, x := range h.patterns {
				sum += float64(x[i]*x[j]) / n
			}
			if i != j {
				closeTo(t, "hebbian", h.Weight(i, j), sum, 1e-15)
				closeTo(t, "storkey", s.Weight(i, j), w[i][j], 1e-14)
			}
		}
	}
}

// What each rule holds: pseudo-inverse half as many patterns as spins without an error, storkey more than hebbian.
func TestStoredPatternsAreFixedPoints(t *testing.T) {
	wrong := func(rule string, p, n int) int {
		h, bits := stored(t, rule, p, n, 4), 0
		for _, x := range h.patterns {
			for i := range x {
				if h.sum(x, i)*float64(x[i]) < 0 {
					bits++
				}
			}
		}
		return bits
	}
	if b := wrong("pseudo-inverse", 100, 200); b != 0 {
		t.Errorf("pseudo-inverse: %d wrong bits of 100 patterns in 200 spins", b)
	}
	heb, sto := wrong("hebbian", 60, 200), wrong("storkey", 60, 200)
	if !(sto < heb/4) {
		t.Errorf("60 patterns in 200 spins: hebbian has %d wrong bits, storkey %d", heb, sto)
	}
}

// Asynchronous recall at temperature 0 never raises the energy, whatever the rule, thresholds too, and the trace is the energy.
func TestEnergyNeverRises(t *testing.T) {
	r := rng.NewFast(rng.New(8, "recall"))
	for _, rule := range Rules() {
		thresholds := make([]float64, 100)
		for i := range thresholds {
			thresholds[i] = 0.2 * (r.Float64() - 0.5)
		}
		h, err := Store(rule, RandomPatterns(20, 100, r), thresholds)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			out, err := h.Recall(RandomPatterns(1, 100, r)[0], RecallOptions{Update: Asynchronous, Sweeps: 200, Trace: true}, r)
			if err != nil {
				t.Fatal(err)
			}
			if at := models.Rises(out.Energies, 1e-12); at >= 0 {
				t.Fatalf("%s: the energy rises at change %d: %v", rule, at, out.Energies[at-1:at+1])
			}
			if !out.Converged {
				t.Errorf("%s: no fixed point after %d sweeps", rule, out.Sweeps)
			}
			state := make([]float64, 100)
			for i, s := range out.State {
				state[i] = float64(s)
			}
			closeTo(t, "energy", out.Energies[len(out.Energies)-1], h.Energy(state), 1e-10)
		}
	}
}

// Synchronous recall ends in a fixed point or a cycle of two (Goles 1985).
func TestSynchronousRecallEnds(t *testing.T) {
	r := rng.NewFast(rng.New(8, "recall"))
	h, cycles := stored(t, "hebbian", 30, 100, 2), 0
	for range 50 {
		out, err := h.Recall(RandomPatterns(1, 100, r)[0], RecallOptions{Update: Synchronous, Sweeps: 500}, r)
		if err != nil {
			t.Fatal(err)
		}
		if !out.Converged && !out.Cycle {
			t.Errorf("neither a fixed point nor a cycle after %d sweeps", out.Sweeps)
		}
		if out.Cycle {
			cycles++
		}
	}
	if cycles == 0 {
		t.Error("no cycle of two from 50 random states: there are many")
	}
}

// One update from a stored pattern: the share of wrong bits is erfc(1/sqrt(2 alpha))/2 up to terms of order 1/N, here within five standard
// errors (bits counted as independent) and 2% for N = 1000.
func TestStepErrorIsGaussian(t *testing.T) {
	const n, p = 1000, 138
	h, wrong := stored(t, "hebbian", p, n, 3), 0.0
	for _, x := range h.patterns {
		for i := range x {
			if h.sum(x, i)*float64(x[i]) < 0 {
				wrong++
			}
		}
	}
	want := StepError(0.138)
	closeTo(t, "0.0036", want, 0.0036, 5e-5)
	got, bits := wrong/(n*p), float64(n*p)
	if math.Abs(got-want) > 5*math.Sqrt(want/bits)+0.02*want {
		t.Errorf("share of wrong bits %v, want %v", got, want)
	}
}

// The mean-field equations end at 0.138 with an overlap of 0.967 (Amit, Gutfreund, Sompolinsky 1985).
func TestMeanFieldCapacity(t *testing.T) {
	m, ok := MeanFieldOverlap(0.1379)
	if !ok || math.Abs(m-0.967) > 3e-3 {
		t.Errorf("overlap %v (%v) at 0.1379, want 0.967", m, ok)
	}
	if _, ok := MeanFieldOverlap(0.1381); ok {
		t.Error("there is a retrieval state at 0.1381")
	}
}

func TestLettersAreRecalled(t *testing.T) {
	o := DefaultHopfield()
	o.Rule, o.Noise, o.Patterns = "pseudo-inverse", 0.05, 0
	letters := [][]int8{}
	r := rng.NewFast(rng.New(1, "letters"))
	letters = append(letters, RandomPatterns(5, 35, r)...)
	m, err := o.New(letters, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sweep(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if q := m.Recalls(); q.Count != 100 || q.Overlap.Value < 0.98 {
		t.Errorf("recalls %+v", q)
	}
}

func TestMemoriesThatAreRefused(t *testing.T) {
	r := rng.NewFast(rng.New(1, "x"))
	if _, err := Store("hebbian", [][]int8{{1, -1, 0}}, nil); err == nil || !strings.Contains(err.Error(), "spin 2 of pattern 0 is 0") {
		t.Errorf("a zero: %v", err)
	}
	if _, err := Store("hebbian", [][]int8{{1, -1}, {1}}, nil); err == nil || !strings.Contains(err.Error(), "pattern 1 has 1 spins") {
		t.Errorf("patterns of two lengths: %v", err)
	}
	if _, err := Store("hebb", [][]int8{{1, -1}}, nil); err == nil {
		t.Error("an unknown rule is taken")
	}
	if _, err := Store("pseudo-inverse", [][]int8{{1, -1, 1}, {1, -1, 1}}, nil); err != nil {
		t.Errorf("a pattern twice: %v", err)
	}
	if _, err := Store("pseudo-inverse", [][]int8{{1, -1, 1}, {1, 1, 1}, {1, 1, -1}}, nil); err == nil || !strings.Contains(err.Error(), "span all states") {
		t.Errorf("as many patterns as spins: %v", err)
	}
	h := stored(t, "hebbian", 20, 100, 1)
	if w := h.Overloaded(); !strings.Contains(w, "holds about 13") {
		t.Errorf("20 patterns in 100 spins: %q", w)
	}
	if w := stored(t, "hebbian", 13, 100, 1).Overloaded(); w != "" {
		t.Errorf("13 patterns in 100 spins: %q", w)
	}
	for _, o := range []RecallOptions{{Update: "none", Sweeps: 1}, {Update: Synchronous}, {Update: Synchronous, Sweeps: 1, Temperature: -1}} {
		if _, err := h.Recall(h.patterns[0], o, r); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if _, err := h.Recall([]int8{1}, RecallOptions{Update: Synchronous, Sweeps: 1}, r); err == nil {
		t.Error("a state of one spin is taken")
	}
}
