package spin

import (
	"math"
	"strings"
	"testing"
)

func TestCouplingsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		want   string
		bonds  []Bond
		fields []float64
		terms  []Term
	}{
		{"bond 0 couples site 1 to itself", []Bond{{1, 1, 1}}, nil, nil},
		{"bond 1 joins the sites 0 and 3", []Bond{{0, 1, 1}, {0, 3, 1}}, nil, nil},
		{"coupled twice (1 and 2)", []Bond{{0, 1, 1}, {1, 0, 2}}, nil, nil},
		{"is NaN", []Bond{{0, 1, math.NaN()}}, nil, nil},
		{"2 fields for 3 sites", nil, []float64{1, 2}, nil},
		{"field of site 2 is +Inf", nil, []float64{1, 2, math.Inf(1)}, nil},
		{"at least 3", nil, nil, []Term{{[]int{0, 1}, 1}}},
		{"names a site twice", nil, nil, []Term{{[]int{0, 1, 1}, 1}}},
		{"sites are 0 to 2", nil, nil, []Term{{[]int{0, 1, 5}, 1}}},
	} {
		if _, err := New(3, c.bonds, c.fields, c.terms); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	for want, j := range map[string][][]float64{
		"row 1 of J has 1 values, want 2": {{0, 1}, {1}},
		"J[0][0] is 1, want 0":            {{1, 1}, {1, 0}},
		"J[0][1] is 1, but J[1][0] is 2":  {{0, 1}, {2, 0}},
	} {
		if _, err := Dense(j, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := Spins([]float64{1, 0.5}); err == nil || !strings.Contains(err.Error(), "spin 1 is 0.5") {
		t.Errorf("half a spin: %v", err)
	}
	c := ferromagnet(t, "chain", 4, 0)
	if e := c.Energy([]float64{1, 1, 0, 1}); !math.IsNaN(e) {
		t.Errorf("a state with a zero has the energy %v", e)
	}
	if e := c.Energy([]float64{1, 1, 1, 1}); e != -4 {
		t.Errorf("the chain of four has the energy %v", e)
	}
}

// Number of bonds a site, and whether two (or three) colours suffice.
func TestLattices(t *testing.T) {
	for _, c := range []struct {
		kind                  string
		size, degree, colours int
	}{{"chain", 6, 2, 2}, {"square", 6, 4, 2}, {"triangular", 6, 6, 3}, {"honeycomb", 6, 3, 2}, {"cubic", 4, 6, 2}} {
		f := ferromagnet(t, c.kind, c.size, 0)
		for i := range f.n {
			if got := int(f.start[i+1] - f.start[i]); got != c.degree {
				t.Fatalf("%s: site %d has %d neighbours, want %d", c.kind, i, got, c.degree)
			}
		}
		if len(f.colours) < c.colours || len(f.colours) > c.colours+1 {
			t.Errorf("%s: %d colours, want %d", c.kind, len(f.colours), c.colours)
		}
	}
	open := Lattice{Kind: "square", Size: []int{3, 2}, Open: true}
	if pairs, err := open.Pairs(); err != nil || len(pairs) != 7 {
		t.Errorf("an open lattice of 3x2 has the pairs %v (%v)", pairs, err)
	}
	for _, l := range []Lattice{{Kind: "kagome", Size: []int{4, 4}}, {Kind: "square", Size: []int{4}}, {Kind: "square", Size: []int{2, 4}}, {Kind: "honeycomb", Size: []int{5, 4}}} {
		if _, err := l.Pairs(); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
}

// The chain by its transfer matrix, the torus by Kaufman's formula, and enumeration agree.
func TestExactAnswersAgree(t *testing.T) {
	for _, temperature := range []float64{0.9, 2, SquareTc, 5} {
		chain := ferromagnet(t, "chain", 9, 0.3)
		all, err := Enumerate(chain, temperature)
		if err != nil {
			t.Fatal(err)
		}
		transfer := ChainMoments(9, 1, 0.3, temperature)
		closeTo(t, "chain ln Z", transfer.LogZ, all.LogZ, 1e-10)
		closeTo(t, "chain energy", transfer.Energy, all.Energy, 1e-7)
		closeTo(t, "chain magnetization", transfer.M, all.M, 1e-7)
		torus := ferromagnet(t, "square", 4, 0)
		if all, err = Enumerate(torus, temperature); err != nil {
			t.Fatal(err)
		}
		closeTo(t, "torus ln Z", TorusLogZ(4, 4, temperature), all.LogZ, 1e-9)
		closeTo(t, "torus energy", TorusEnergy(4, temperature), all.Energy, 1e-7)
		// A torus of 64x64 away from T_c is the infinite lattice within exp(-L/xi); at T_c it differs by order 1/L^2 in ln Z.
		if temperature != SquareTc {
			closeTo(t, "free energy", TorusLogZ(64, 64, temperature)/4096, SquareFreeEnergy(temperature)+degenerate(temperature)/4096, 1e-6)
			closeTo(t, "energy", TorusEnergy(64, temperature), SquareEnergy(temperature), 1e-5)
		}
	}
	closeTo(t, "T_c", SquareTc, 2.269185314, 1e-9)
	closeTo(t, "energy at T_c", SquareEnergy(SquareTc), -math.Sqrt2, 1e-9)
	closeTo(t, "energy beside T_c", SquareEnergy(SquareTc+1e-5), -math.Sqrt2, 1e-3)
	closeTo(t, "m(2)", SquareMagnetization(2), 0.9113, 5e-5)
	closeTo(t, "triangular T_c", TriangularTc, 3.641, 5e-4)
}

// degenerate is ln 2 below T_c: there are two phases.
func degenerate(temperature float64) float64 {
	if temperature < SquareTc {
		return math.Ln2
	}
	return 0
}

func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Couplings of which a sum or its square would overflow are refused, and not found as an infinite energy at the end of a run.
func TestEnergiesThatWouldOverflow(t *testing.T) {
	for name, build := range map[string]func() (*Coupling, error){
		"bonds":  func() (*Coupling, error) { return New(3, []Bond{{0, 1, 1e308}, {1, 2, 1e308}}, nil, nil) },
		"fields": func() (*Coupling, error) { return New(2, nil, []float64{1e150, -1e150}, nil) },
		"terms":  func() (*Coupling, error) { return New(3, nil, nil, []Term{{Sites: []int{0, 1, 2}, Value: -1e200}}) },
	} {
		if _, err := build(); err == nil || !strings.Contains(err.Error(), "they add up to") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(2, []Bond{{0, 1, 1e149}}, nil, nil); err != nil {
		t.Error(err)
	}
}
