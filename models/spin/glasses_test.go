package spin

import (
	"context"
	"math"
	"runtime"
	"strings"
	"testing"
)

func glasses(t testing.TB, kind string, size int, ladder []float64, every int, seed uint64) *Glasses {
	t.Helper()
	l, err := NewLattice(kind, size, false)
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGlasses(l, ladder, every, seed)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func sweep(t testing.TB, g *Glasses, n int) {
	t.Helper()
	if err := g.Sweep(context.Background(), n); err != nil {
		t.Fatal(err)
	}
}

// The states of nine spins with six neighbours come as often as exp(-H/T) says, in all 512 systems, both replicas, and two temperatures
// that are exchanged. Of 2048 values of chi^2 with some 200 degrees of freedom, 5.5 standard deviations leave out the last by chance
// (the distribution is skew: one in 10^6); their mean is that of chi^2 within 0.3, systems of one run not being independent.
func TestGlassesMatchEnumeration(t *testing.T) {
	const samples = 6000
	ladder := []float64{2.2, 3.5}
	g := glasses(t, "triangular", 3, ladder, 2, 5)
	counts := make([][512]int, 2*2*Systems)
	for range samples {
		sweep(t, g, 6)
		for at := range counts {
			system, replica, k := at/4, at/2%2, at%2
			index := 0
			for i := range g.n {
				index |= int(g.Spin(replica, k, i, system)+1) / 2 << i
			}
			counts[at][index]++
		}
	}
	mean := 0.0
	for at := range counts {
		c, err := g.Coupling(at / 4)
		if err != nil {
			t.Fatal(err)
		}
		chance, err := Weights(c, ladder[at%2])
		if err != nil {
			t.Fatal(err)
		}
		d := chiSquared(counts[at][:], chance, samples)
		mean += d / float64(len(counts))
		if d > 5.5 {
			t.Errorf("system %d, replica %d at T = %v: chi^2 is %.1f standard deviations above its mean", at/4, at/2%2, ladder[at%2], d)
		}
	}
	if math.Abs(mean) > 0.3 {
		t.Errorf("chi^2 is %.2f standard deviations above its mean, in the mean of all systems", mean)
	}
}

// The two replicas of a system are independent: over its runs, <q^2> is what enumeration says, in the mean over 512 systems of nine spins
// within four errors from the spread between blocks of sweeps.
func TestGlassesOverlapMatchesEnumeration(t *testing.T) {
	g := glasses(t, "triangular", 3, []float64{1.5, 2.5}, 3, 7)
	want := 0.0
	for r := range Systems {
		c, err := g.Coupling(r)
		if err != nil {
			t.Fatal(err)
		}
		want += exactOverlapSquare(t, c, 1.5) / Systems
	}
	sweep(t, g, 300)
	var o Overlaps
	tally := NewTally("q2")
	for range 4000 {
		sweep(t, g, 6)
		g.Overlaps(0, &o)
		q2 := 0.0
		for _, q := range o.Q {
			q2 += q * q / Systems
		}
		tally.Add(q2)
	}
	got := tally.Mean(0)
	if math.Abs(got.Value-want) > 4*got.Error || got.Error > 0.002 {
		t.Errorf("<q^2> is %s, exactly %.5f", got, want)
	}
}

// exactOverlapSquare is <q^2> = sum_ij <s_i s_j>^2 / N^2 of two replicas.
func exactOverlapSquare(t *testing.T, c *Coupling, temperature float64) float64 {
	t.Helper()
	chance, err := Weights(c, temperature)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i := range c.n {
		for j := range c.n {
			m := 0.0
			for state, p := range chance {
				m += p * float64(1-2*(state>>i&1^state>>j&1))
			}
			sum += m * m
		}
	}
	return sum / float64(c.n*c.n)
}

// Counted 512 at a time, energies and overlaps are those of the single systems.
func TestGlassesCounts(t *testing.T) {
	for _, size := range []int{3, 4, 17} { // a slice of 17 x 17 sites has counts of more than eight digits
		g := glasses(t, "cubic", size, []float64{1.2, 1.5}, 1, 3)
		sweep(t, g, 20)
		var o Overlaps
		g.Overlaps(1, &o)
		e := g.Energies(1, 1)
		for _, r := range []int{0, 63, 64, 400, 511} {
			c, err := g.Coupling(r)
			if err != nil {
				t.Fatal(err)
			}
			s, other := make([]int8, g.n), make([]int8, g.n)
			wave := 0.0
			for i := range s {
				s[i], other[i] = g.Spin(0, 1, i, r), g.Spin(1, 1, i, r)
			}
			for d, stride := 0, 1; d < 3; d, stride = d+1, stride*size {
				re, im := 0.0, 0.0
				for i := range s {
					x := 2 * math.Pi * float64(i/stride%size) / float64(size)
					re += float64(s[i]*other[i]) * math.Cos(x) / float64(g.n)
					im += float64(s[i]*other[i]) * math.Sin(x) / float64(g.n)
				}
				wave += (re*re + im*im) / 3
			}
			closeTo(t, "energy", e[r], c.energy(other)/float64(g.n), 1e-12)
			closeTo(t, "overlap", o.Q[r], overlap(s, other)/float64(g.n), 1e-12)
			closeTo(t, "wave", o.Wave[r], wave, 1e-12)
		}
	}
}

// Systems of 4 x 4 x 4 spins have the energy and <q^2> that the scalar sampler finds for their couplings, within 4.5 joint errors.
func TestGlassesMatchEnsemble(t *testing.T) {
	ladder := []float64{1.1, 1.4, 1.8, 2.3}
	g := glasses(t, "cubic", 4, ladder, 5, 11)
	systems := []int{2, 130, 509}
	tallies := make([]*Tally, len(systems))
	for i := range tallies {
		tallies[i] = NewTally("e", "q2")
	}
	sweep(t, g, 1000)
	var o Overlaps
	for range 6000 {
		sweep(t, g, 10)
		g.Overlaps(0, &o)
		a, b := g.Energies(0, 0), g.Energies(1, 0)
		for i, r := range systems {
			tallies[i].Add((a[r]+b[r])/2, o.Q[r]*o.Q[r])
		}
	}
	for i, r := range systems {
		c, err := g.Coupling(r)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEnsemble(c, Plan{Temperatures: ladder, Method: "heatbath", Copies: 2, Swap: true, Thermalize: 1000, Every: 5}, 4)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Sweep(context.Background(), 31000); err != nil {
			t.Fatal(err)
		}
		want := e.Observables()[0]
		for k, w := range []Estimate{want.Energy, *want.OverlapSquare} {
			got := tallies[i].Mean(k)
			if d := math.Hypot(got.Error, w.Error); math.Abs(got.Value-w.Value) > 4.5*d || d > 0.02 {
				t.Errorf("system %d: %s is %s, the scalar sampler finds %s", r, []string{"energy", "<q^2>"}[k], got, w)
			}
		}
	}
}

// The same seed gives the same spins at every GOMAXPROCS and however the sweeps are called for; another seed does not.
func TestGlassesAreReproducible(t *testing.T) {
	run := func(procs int, seed uint64, parts ...int) []uint64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		g := glasses(t, "cubic", 5, []float64{1.1, 1.3, 1.6}, 4, seed)
		for _, n := range parts {
			sweep(t, g, n)
		}
		var all []uint64
		for _, r := range g.replicas {
			for _, l := range r.layers {
				all = append(all, l.spins...)
			}
		}
		return all
	}
	same := func(a, b []uint64) bool {
		for i := range a {
			if a[i] != b[i] {
				return false
			}
		}
		return true
	}
	first := run(1, 1, 50)
	if !same(first, run(4, 1, 50)) || !same(first, run(4, 1, 3, 1, 30, 16)) {
		t.Error("the same seed gives other spins")
	}
	if same(first, run(1, 2, 50)) {
		t.Error("another seed gives the same spins")
	}
}

// Exchanges of equal temperatures are all accepted, of far ones almost none.
func TestGlassesSwapRates(t *testing.T) {
	g := glasses(t, "cubic", 4, []float64{1, 1.00001, 30, 30.0001}, 1, 1)
	sweep(t, g, 201)
	if r := g.SwapRates(); r[0] < 0.99 || r[0] > 1 || r[1] > 0.01 || r[2] < 0.99 || r[2] > 1 {
		t.Errorf("rates %v", r)
	}
}

func TestGlassesRefuse(t *testing.T) {
	cubic := Lattice{Kind: "cubic", Size: []int{4, 4, 4}}
	for _, c := range []struct {
		lattice Lattice
		ladder  []float64
		every   int
		want    string
	}{
		{Lattice{Kind: "square", Size: []int{4, 4}}, []float64{1}, 0, "six neighbours"},
		{Lattice{Kind: "cubic", Size: []int{4, 4, 4}, Open: true}, []float64{1}, 0, "periodic"},
		{Lattice{Kind: "cubic", Size: []int{2, 4, 4}}, []float64{1}, 0, "at least 3"},
		{Lattice{Kind: "cubic", Size: []int{30, 30, 30}}, []float64{1}, 0, "at most"},
		{cubic, nil, 0, "no temperature"},
		{cubic, []float64{0}, 0, "temperature 0"},
		{cubic, []float64{1.2, 1.1}, 5, "ascend"},
		{cubic, []float64{1.1, 1.2}, -1, "every -1"},
	} {
		if _, err := NewGlasses(c.lattice, c.ladder, c.every, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v: error %v, want one with %q", c.lattice, c.ladder, err, c.want)
		}
	}
	g := glasses(t, "cubic", 3, []float64{1}, 0, 1)
	if _, err := g.Coupling(512); err == nil {
		t.Error("system 512 of 512 has couplings")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := g.Sweep(ctx, 1); err == nil {
		t.Error("a cancelled sweep goes on")
	}
}

// The exchange's arithmetic with digits is that of whole numbers.
func TestAtLeast(t *testing.T) {
	g := glasses(t, "cubic", 3, []float64{1, 1.3}, 0, 1)
	a, b := &g.replicas[0].energy[0], &g.replicas[0].energy[1]
	for place := range 64 {
		for k := range 16 {
			a[k][2] |= uint64(place*977>>k&1) << place
			b[k][2] |= uint64((place*977+20-place)>>k&1) << place
		}
	}
	for _, m := range []int{0, 1, 19, 20, 1<<16 - 1} {
		got := atLeast(a, b, 2, m)
		for place := range 64 {
			if want := place*977+m >= place*977+20-place; got>>place&1 == 1 != want {
				t.Errorf("%d + %d >= %d is %v, want %v", place*977, m, place*977+20-place, !want, want)
			}
		}
	}
}

func BenchmarkGlasses(b *testing.B) {
	g := glasses(b, "cubic", 8, []float64{1.03, 1.1, 1.165, 1.235, 1.32, 1.42, 1.54, 1.68}, 10, 1)
	sweep(b, g, 100)
	b.Run("sweep", func(b *testing.B) {
		for b.Loop() {
			sweep(b, g, 10)
		}
		b.ReportMetric(512*float64(10*2*g.n*len(g.ladder))*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "flips/ns")
	})
	b.Run("measure", func(b *testing.B) {
		var o Overlaps
		for b.Loop() {
			g.Overlaps(0, &o)
		}
	})
	b.Run("exchange", func(b *testing.B) {
		for b.Loop() {
			g.replicas[0].exchange(g)
		}
	})
}
