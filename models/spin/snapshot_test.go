package spin

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"lenz/internal/rng"
)

// A snapshot shows the spins where they are, and of large or cubic lattices a part.
func TestSnapshots(t *testing.T) {
	c, err := Lattice{Kind: "cubic", Size: []int{4, 3, 5}}.Ferromagnet(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEnsemble(c, Plan{Temperatures: []float64{2, 4}, Method: "metropolis", Copies: 2, Every: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := e.Snapshots(100)
	if len(all) != 2 || all[1].Temperature != 4 || all[1].Height != 3 || all[1].Width != 4 {
		t.Fatalf("%+v", all)
	}
	for k, one := range all {
		for i, s := range e.Spins(k, 0)[:12] {
			if one.Spins[i] != s {
				t.Errorf("temperature %d, site %d is %d, want %d", k, i, one.Spins[i], s)
			}
		}
	}
	if corner := e.Snapshots(2)[0]; corner.Height != 2 || corner.Width != 2 || corner.Spins[2] != e.Spins(0, 0)[4] {
		t.Errorf("the corner is %+v", corner)
	}
	p, err := NewPacked(128, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if one := p.Snapshots(128)[0]; one.Spins[3*128+77] != p.At(77, 3) {
		t.Error("a packed lattice shows its spins elsewhere")
	}
	chain, err := Lattice{Kind: "chain", Size: []int{9}}.Ferromagnet(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMultispin(chain, []float64{1}, 0, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if all := m.Snapshots(9); all != nil {
		t.Errorf("a chain shows %+v", all)
	}
}

// A demonstration is a recall of the stored patterns in order; it changes nothing.
func TestDemonstrate(t *testing.T) {
	o := DefaultHopfield()
	o.Units, o.Patterns = 100, 3
	m, err := o.New(nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	before := m.r.Words()
	shown, err := m.Demonstrate(5)
	if err != nil || len(shown) != 3 {
		t.Fatalf("%d recalls (%v)", len(shown), err)
	}
	for i, d := range shown {
		if q := overlap(d.Pattern, d.Start); q != 80 {
			t.Errorf("recall %d starts at the overlap %v, want 80 of 100: a tenth is turned", i, q)
		}
		if overlap(d.Pattern, m.Patterns()[i]) != 100 || overlap(d.Pattern, d.End.State) < 95 {
			t.Errorf("recall %d ends elsewhere", i)
		}
	}
	again, err := m.Demonstrate(5)
	if err != nil || overlap(again[2].Start, shown[2].Start) != 100 {
		t.Errorf("a second demonstration differs (%v)", err)
	}
	if got := m.r.Words(); !slices.Equal(got, before) {
		t.Error("a demonstration moves the generator")
	}
	if err := m.Sweep(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
}

// The autocorrelation time of independent values around a large mean is 1/2, also while a block is being filled: the mean that their
// variance is taken about must be that of the same values.
func TestTauOfALargeMean(t *testing.T) {
	r := rng.NewFast(rng.New(1, "tau"))
	tally := NewTally("x")
	for range 49500 {
		tally.Add(1000 + 1e-3*r.Float64())
	}
	if tally.filled == 0 {
		t.Fatal("no block is being filled")
	}
	// The error of a variance estimated from b blocks is a share sqrt(2/b) of it: four of those, of 96 blocks.
	if got := tally.Mean(0).Tau; math.Abs(got-0.5) > 0.5*4*math.Sqrt(2.0/96) {
		t.Errorf("tau is %v, want 0.5", got)
	}
}

// The estimate of memory covers what is held, and is not far above what is asked for on the way.
func TestFootprint(t *testing.T) {
	ising, glass, sk := DefaultIsing(), DefaultGlass(), DefaultGlass()
	ising.Size, ising.Copies = 200, 4
	glass.Size, glass.Ladder = 24, 40
	sk.Lattice, sk.Size = "sk", 700
	memory := DefaultHopfield()
	memory.Units, memory.Patterns = 1000, 100
	for name, c := range map[string]struct {
		want  float64
		build func() (any, error)
	}{
		"ising":    {ising.Footprint(nil), func() (any, error) { return ising.New(nil, 1) }},
		"glass":    {glass.Footprint(nil), func() (any, error) { return glass.New(nil, 1) }},
		"sk":       {sk.Footprint(nil), func() (any, error) { return sk.New(nil, 1) }},
		"hopfield": {memory.Footprint(nil), func() (any, error) { return memory.New(nil, 1) }},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		module, err := c.build()
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := module.(*Ensemble); ok { // clusters allocate their buffers when they first grow
			if err := m.Sweep(context.Background(), 1); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		held, asked := float64(after.HeapAlloc)-float64(before.HeapAlloc), float64(after.TotalAlloc-before.TotalAlloc)
		if held > 1.1*c.want || c.want > 2*asked {
			t.Errorf("%s holds %.3g bytes and asks for %.3g, the estimate is %.3g", name, held, asked, c.want)
		}
		runtime.KeepAlive(module)
	}
}

// At a low temperature the ground states have all of the weight, whatever the energy of the first state is.
func TestWeightsAtLowTemperatures(t *testing.T) {
	c, err := New(3, []Bond{{0, 1, -100}, {1, 2, 100}}, []float64{1, 0, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Weights(c, 0.01)
	if err != nil || math.Abs(w[1]-1) > 1e-12 { // up, down, down
		t.Errorf("%v (%v)", w, err)
	}
}
