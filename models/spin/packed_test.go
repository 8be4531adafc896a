package spin

import (
	"context"
	"math"
	"testing"

	"lenz/internal/rng"
)

// From a disordered state at a temperature above T_c, where a lattice of 1024 comes to equilibrium in a few hundred sweeps, the energy is
// Onsager's; the correlations that the packing could break (rows, word borders, both colours) are looked at one by one.
func TestPackedMatchesOnsager(t *testing.T) {
	const temperature = 2.6
	p, err := NewPacked(1024, temperature, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Measure(300, 1)
	if err := p.Sweep(context.Background(), 700); err != nil {
		t.Fatal(err)
	}
	e := p.Observables()[0].Energy
	if want := SquareEnergy(temperature); math.Abs(e.Value-want) > 5*e.Error || e.Error > 5e-4 {
		t.Errorf("energy %v, Onsager's is %v", e, want)
	}
}

// The energy and the neighbours of packed spins are those of a plain lattice of the same spins, also across the borders.
func TestPackedEnergyIsThatOfPlainSpins(t *testing.T) {
	p, err := NewPacked(1024, 2.3, 4)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.Update()
	}
	sum := 0
	for y := range p.size {
		for x := range p.size {
			s := p.At(x, y)
			sum -= int(s*p.At((x+1)%p.size, y) + s*p.At(x, (y+1)%p.size))
		}
	}
	if want := float64(sum) / float64(p.size*p.size); p.Energy() != want {
		t.Errorf("energy %v, of plain spins %v", p.Energy(), want)
	}
	r := rng.NewFast(rng.New(1, "sites"))
	need, zero := make([]uint64, p.words), make([]uint64, p.words)
	for range 3000 {
		x, y := r.IntN(p.size), r.IntN(p.size)
		if r.IntN(4) == 0 {
			x = []int{0, 1, 126, 127, 128, p.size - 2, p.size - 1}[r.IntN(7)]
		}
		s, differ := p.At(x, y), 0
		for _, v := range []int8{p.At((x+1)%p.size, y), p.At((x+p.size-1)%p.size, y), p.At(x, (y+1)%p.size), p.At(x, (y+p.size-1)%p.size)} {
			if v != s {
				differ++
			}
		}
		p.neighbours((x+y)%2, y, need, zero)
		word, bit := x/128, x/2%64
		if got := need[word]>>bit&1 == 1; got != (differ < 2) {
			t.Fatalf("spin %d,%d has %d unequal neighbours, fewer than two is %v", x, y, differ, got)
		}
		if got := zero[word]>>bit&1 == 1; got != (differ == 0) {
			t.Fatalf("spin %d,%d has %d unequal neighbours, none is %v", x, y, differ, got)
		}
	}
}

// The chance of a flip by the number of unequal neighbours, over single updates from many states, within five standard errors.
func TestPackedAcceptsAsMetropolis(t *testing.T) {
	const temperature = 2.0
	p, err := NewPacked(1024, temperature, 4)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		p.Update()
	}
	var tried, flipped [5]float64
	before := func() (s [1024][1024]int8) {
		for y := range 1024 {
			for x := range 1024 {
				s[y][x] = p.At(x, y)
			}
		}
		return s
	}
	a := before()
	for band := range p.random { // one colour alone: its neighbours stand still
		p.updateBand(0, band, band*bandRows, (band+1)*bandRows)
	}
	b := before()
	for y := range 1024 {
		for x := y % 2; x < 1024; x += 2 {
			differ := 0
			for _, v := range []int8{a[y][(x+1)%1024], a[y][(x+1023)%1024], a[(y+1)%1024][x], a[(y+1023)%1024][x]} {
				if v != a[y][x] {
					differ++
				}
			}
			tried[differ]++
			if a[y][x] != b[y][x] {
				flipped[differ]++
			}
		}
	}
	for n, want := range []float64{math.Exp(-8 / temperature), math.Exp(-4 / temperature), 1, 1, 1} {
		if tried[n] < 100 {
			t.Fatalf("%v spins with %d unequal neighbours", tried[n], n)
		}
		if got := flipped[n] / tried[n]; math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/tried[n]) {
			t.Errorf("%d unequal neighbours: flipped %v, Metropolis says %v", n, got, want)
		}
	}
}

func TestPackedSizes(t *testing.T) {
	for _, size := range []int{0, 64, 100, 1000} {
		if _, err := NewPacked(size, 2, 1); err == nil {
			t.Errorf("a side of %d is taken", size)
		}
	}
	p, err := NewPacked(128, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Update()
	if _, err := NewPacked(128, 0, 1); err == nil {
		t.Error("temperature 0 is taken")
	}
}

func BenchmarkPacked(b *testing.B) {
	p, err := NewPacked(1024, SquareTc, 1)
	if err != nil {
		b.Fatal(err)
	}
	for range 50 {
		p.Update()
	}
	for b.Loop() {
		p.Update()
	}
	b.ReportMetric(1024*1024*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "flips/ns")
}
