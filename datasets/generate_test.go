package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, name string, settings ...string) *Data {
	t.Helper()
	m := map[string]string{}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		m[key] = value
	}
	d, err := Open(name, m)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGeneratorsAreFunctionsOfTheirSeed(t *testing.T) {
	for _, info := range generated() {
		if !slices.ContainsFunc(info.Settings, func(s Setting) bool { return s.Name == "seed" }) {
			continue // the letters are what they are
		}
		if info.Sequences {
			a, b, c := open(t, info.Name), open(t, info.Name), open(t, info.Name, "seed=2")
			for i := range 3 {
				x := a.Train.Item(4, i)
				if !cmp.Equal(x, b.Train.Item(0, i)) || cmp.Equal(x, c.Train.Item(0, i)) || cmp.Equal(x, a.Train.Item(0, i+1)) || cmp.Equal(x, a.Test.Item(0, i)) {
					t.Errorf("%s: sequence %d is no function of seed, part and number alone", info.Name, i)
				}
			}
			fresh := open(t, info.Name, "fresh=1")
			if cmp.Equal(fresh.Train.Item(0, 0), fresh.Train.Item(1, 0)) || !cmp.Equal(fresh.Valid.Item(0, 0), fresh.Valid.Item(1, 0)) {
				t.Errorf("%s: fresh must draw new training sequences and keep validation", info.Name)
			}
			continue
		}
		a, b, c := open(t, info.Name, "length=50"), open(t, info.Name, "length=50"), open(t, info.Name, "length=50", "seed=2")
		if !cmp.Equal(a.Series[0].Values, b.Series[0].Values) || cmp.Equal(a.Series[0].Values, c.Series[0].Values) || a.Series[0].Rows() != 50 {
			t.Errorf("%s is no function of its seed", info.Name)
		}
		for _, target := range info.Targets {
			if _, err := a.Series[0].Index(target); err != nil {
				t.Error(err)
			}
		}
	}
}

// Halving the step divides the error at a fixed time by 16: both integrators are of fourth order. The reference has an eighth of
// the step, whose error is 4096 times smaller.
func TestIntegratorsAreOfFourthOrder(t *testing.T) {
	for name, c := range map[string]struct{ dt, until float64 }{"lorenz": {0.01, 0.5}, "mackey-glass": {0.1, 60}} {
		at := func(dt float64) []float64 {
			n := int(math.Round(c.until/dt)) + 1
			s := open(t, name, "discard=0", fmt.Sprint("dt=", dt), fmt.Sprint("length=", n)).Series[0]
			var end []float64
			for _, v := range s.Values {
				end = append(end, v[n-1])
			}
			return end
		}
		exact := at(c.dt / 8)
		off := func(v []float64) float64 {
			sum := 0.0
			for i := range v {
				sum += (v[i] - exact[i]) * (v[i] - exact[i])
			}
			return math.Sqrt(sum)
		}
		ratio := off(at(c.dt)) / off(at(c.dt/2))
		if ratio < 12 || ratio > 20 {
			t.Errorf("%s: halving the step divides the error by %v, want about 16", name, ratio)
		}
	}
}

// The attractor of Lorenz's parameters: z has the mean 23.55 and x the standard deviation 7.92 (recomputed here with
// other step sizes), and x changes its sign.
func TestLorenzAttractor(t *testing.T) {
	s := open(t, "lorenz", "length=40000").Series[0]
	mean := func(v []float64, f func(float64) float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += f(x)
		}
		return sum / float64(len(v))
	}
	z := mean(s.Values[2], func(x float64) float64 { return x })
	x := math.Sqrt(mean(s.Values[0], func(x float64) float64 { return x * x }))
	if math.Abs(z-23.55) > 0.3 || math.Abs(x-7.92) > 0.2 || slices.Min(s.Values[0]) > -10 || slices.Max(s.Values[0]) < 10 {
		t.Errorf("mean of z %v, root mean square of x %v", z, x)
	}
}

// With tau = 17 the series swings between 0.2 and 1.4; with tau = 5 it settles where beta/(1 + x^n) = gamma, at 1 (Mackey and Glass 1977:
// the equilibrium is stable for small delays).
func TestMackeyGlass(t *testing.T) {
	v := open(t, "mackey-glass").Series[0].Values[0]
	if low, high := slices.Min(v), slices.Max(v); low < 0.2 || low > 0.6 || high < 1.2 || high > 1.5 {
		t.Errorf("tau = 17: between %v and %v", low, high)
	}
	v = open(t, "mackey-glass", "tau=3").Series[0].Values[0]
	if d := math.Abs(v[len(v)-1] - 1); d > 1e-6 {
		t.Errorf("tau = 3: ends %v away from its equilibrium", d)
	}
}

func TestNARMA(t *testing.T) {
	s := open(t, "narma10").Series[0]
	u, y := s.Values[0], s.Values[1]
	for n := 9; n+1 < s.Rows(); n++ {
		sum := 0.0
		for _, v := range y[n-9 : n+1] {
			sum += v
		}
		if want := 0.3*y[n] + 0.05*y[n]*sum + 1.5*u[n-9]*u[n] + 0.1; math.Abs(y[n+1]-want) > 1e-12 {
			t.Fatalf("row %d is %v, want %v", n+1, y[n+1], want)
		}
		if u[n] < 0 || u[n] >= 0.5 || y[n+1] >= 1 {
			t.Fatalf("row %d: u %v, y %v", n, u[n], y[n+1])
		}
	}
	// Long series run away for nearly every input.
	if _, err := Open("narma10", map[string]string{"length": "300000"}); err == nil || !strings.Contains(err.Error(), "ran away") {
		t.Errorf("a long series: %v", err)
	}
}

func TestAdding(t *testing.T) {
	d := open(t, "adding", "T=11", "valid=2000")
	errors := 0.0
	seen := map[int]bool{}
	for i := range d.Valid.Count {
		item := d.Valid.Item(0, i)
		sum, marks := 0.0, [2]int{}
		for step := range 11 {
			value, mark := item.X[2*step], item.X[2*step+1]
			if value < 0 || value >= 1 || mark != 0 && mark != 1 {
				t.Fatalf("sequence %d, step %d: %v, %v", i, step, value, mark)
			}
			if mark == 1 {
				sum += value
				seen[step] = true
				marks[min(1, step/5)]++
			}
		}
		if marks != [2]int{1, 1} || item.Y[0] != sum {
			t.Fatalf("sequence %d: %v marks, label %v, sum %v", i, marks, item.Y[0], sum)
		}
		errors += (item.Y[0] - 1) * (item.Y[0] - 1) / 2000
	}
	// The variance of (sum-1)^2 is 7/180, so five standard errors of 2000 are 0.022.
	if math.Abs(errors-1./6) > 0.022 || len(seen) != 11 {
		t.Errorf("always answering 1 has an MSE of %v, want 1/6; %d positions were marked", errors, len(seen))
	}
}

func TestCopy(t *testing.T) {
	d := open(t, "copy", "T=7")
	source, err := d.Test.Source(SourceOptions{Batch: 3, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	if diff := cmp.Diff([][]int{{27, 3, 10}, {27, 3, 1}}, [][]int{b.X.Shape, b.Y.Shape}); diff != "" {
		t.Fatal(diff)
	}
	for k := range 3 {
		symbol := func(step int) int {
			one := -1
			for c := range 10 {
				if b.X.At(step, k, c) == 1 {
					if one >= 0 {
						t.Fatal("an input is not one-hot")
					}
					one = c
				}
			}
			return one
		}
		for step := range 27 {
			want, label := 8, 8
			switch {
			case step < 10:
				if want = symbol(step); want >= 8 || float64(want) != b.Y.At(17+step, k, 0) {
					t.Errorf("symbol %d is %d, its label %v", step, want, b.Y.At(17+step, k, 0))
				}
			case step == 16: // ten symbols and T-1 blanks stand before the mark
				want = 9
			}
			if step >= 17 {
				label = symbol(step - 17)
			}
			if symbol(step) != want || b.Y.At(step, k, 0) != float64(label) {
				t.Errorf("step %d: symbol %d, label %v, want %d, %d", step, symbol(step), b.Y.At(step, k, 0), want, label)
			}
		}
	}
	if l := source.Layout(); l.Kind != PerStep || l.Classes != 10 {
		t.Errorf("layout %+v", l)
	}
}

func TestOpenErrors(t *testing.T) {
	for want, c := range map[string][]string{
		`no data set is named "sunspot"; did you mean "sunspots"?`: {"sunspot"},
		`adding has no setting "t"; did you mean "T"?`:             {"adding", "t", "5"},
		`nile has no setting "length" (it takes none)`:             {"nile", "length", "5"},
		`lorenz: length is "1.5", want a whole number`:             {"lorenz", "length", "1.5"},
		`lorenz: dt is "0", want a number of at least 1e-06`:       {"lorenz", "dt", "0"},
		`sines: length is "1e18", want at most 100000000 (rows)`:   {"sines", "length", "1e18"},
		`lorenz: rho is "NaN"`:                                     {"lorenz", "rho", "NaN"},
		`use a smaller dt`:                                         {"lorenz", "dt", "0.5"},
	} {
		settings := map[string]string{}
		if len(c) > 1 {
			settings[c[1]] = c[2]
		}
		if _, err := Open(c[0], settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", c, err, want)
		}
	}
}

func TestEmbeddedSeries(t *testing.T) {
	type facts struct {
		rows    int
		freq    Frequency
		first   string
		missing int
	}
	want := map[string]facts{
		"sunspots": {2820, Monthly, "1749-01", 0}, "sunspots-yearly": {309, Yearly, "1700", 0}, "air-passengers": {144, Monthly, "1949-01", 0},
		"co2": {746, Monthly, "1958-03", 10}, "co2-weekly": {2284, Weekly, "1958-03-29", 59}, "nile": {100, Yearly, "1871", 0},
		"lynx": {114, Yearly, "1821", 0}, "macro": {765, Monthly, "1959-01", 0}, "macro-quarterly": {203, Quarterly, "1959-01", 0},
		"bike": {731, Daily, "2011-01-01", 0}, "elnino": {61, Yearly, "1950", 0}, "seattle": {1461, Daily, "2012-01-01", 0},
		"employment": {120, Monthly, "2006-01", 0},
	}
	size := 0
	for _, info := range recorded() {
		text, err := embedded.ReadFile("embedded/" + info.Name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		size += len(text)
		header := fmt.Sprintf("# %s: %s\n# source: %s\n# licence: %s\n", info.Name, info.Description, info.Source, info.Licence)
		if !strings.HasPrefix(string(text), header) {
			t.Errorf("%s does not begin with its description, source and licence:\n%s", info.Name, header)
		}
		s := open(t, info.Name).Series[0]
		missing, _ := s.Missing(0)
		if got := (facts{s.Rows(), s.Freq, s.Label(0), missing}); got != want[info.Name] {
			t.Errorf("%s: %v, want %v", info.Name, got, want[info.Name])
		}
		for _, target := range info.Targets {
			if _, err := s.Index(target); err != nil {
				t.Error(err)
			}
		}
	}
	if len(recorded()) != len(want) || size > 500_000 {
		t.Errorf("%d series in %d bytes", len(recorded()), size)
	}
	names := Names()
	slices.Sort(names)
	if len(slices.Compact(names)) != len(List()) {
		t.Error("two data sets share a name")
	}
}

func TestSequencesRagged(t *testing.T) {
	set := Sequences{Name: "s", Inputs: []string{"a", "b"}, Targets: []string{"y"}, PerStep: true}
	items := []Sequence{{X: []float64{1, 2, 3, 4}, Y: []float64{5, 6}}, {X: []float64{7, 8}, Y: []float64{9}, Weight: []float64{0.5}}}
	s, err := NewSequences(set, items)
	if err != nil {
		t.Fatal(err)
	}
	source, err := s.Source(SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	want := Batch{T: 2, B: 2, Lengths: []int{2, 1}, X: Array{[]int{2, 2, 2}, []float64{1, 2, 7, 8, 3, 4, 0, 0}},
		Y: Array{[]int{2, 2, 1}, []float64{5, 9, 6, 0}}, Mask: Array{[]int{2, 2, 1}, []float64{1, 0.5, 1, 0}}}
	if diff := cmp.Diff(want, b); diff != "" || b.Weight() != 2.5 {
		t.Errorf("%s weight %v", diff, b.Weight())
	}
	set.PerStep, set.Classes = false, 3
	items = []Sequence{{X: []float64{1, 2, 3, 4}, Y: []float64{2}}, {X: []float64{7, 8}, Y: []float64{0}}}
	if s, err = NewSequences(set, items); err != nil {
		t.Fatal(err)
	}
	if source, err = s.Source(SourceOptions{}); err != nil {
		t.Fatal(err)
	}
	b, _ = source.Next()
	if diff := cmp.Diff(Array{[]int{2, 1}, []float64{2, 0}}, b.Y); diff != "" || !b.Mask.IsZero() || s.Longest != 2 {
		t.Errorf("%s mask %v", diff, b.Mask)
	}
	for want, bad := range map[string]Sequence{
		"2 labels, want 1": {X: []float64{1, 2}, Y: []float64{1, 2}}, "whole number of steps": {X: []float64{1}, Y: []float64{1}},
		"no class": {X: []float64{1, 2}, Y: []float64{3}}, "NaN": {X: []float64{1, math.NaN()}, Y: []float64{0}},
		"2 weights": {X: []float64{1, 2}, Y: []float64{0}, Weight: []float64{1, 1}},
	} {
		if _, err := NewSequences(set, []Sequence{items[0], bad}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "sequence 1 of s") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
