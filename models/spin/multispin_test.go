package spin

import (
	"context"
	"math"
	"strings"
	"testing"

	"lenz/internal/rng"
)

// signed is a coupling of a lattice with drawn signs, as system r of the 64 has it.
func signed(t *testing.T, kind string, size int, signs []uint64, r int) *Coupling {
	t.Helper()
	bonds := ferromagnet(t, kind, size, 0).Bonds()
	for k := range bonds {
		if signs[k]>>r&1 == 1 {
			bonds[k].Value = -1
		}
	}
	c, err := New(ferromagnet(t, kind, size, 0).n, bonds, nil, nil)
	if err == nil {
		return c
	}
	t.Fatal(err)
	return nil
}

// 64 glasses with couplings of their own on rings, squares and an odd honeycomb, at two temperatures that are exchanged: the states of a
// small system come as often as exp(-H/T) says, for each of some systems.
func TestMultispinMatchesEnumeration(t *testing.T) {
	for _, c := range []struct {
		kind string
		size int
	}{{"chain", 8}, {"square", 3}, {"triangular", 3}} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			f := ferromagnet(t, c.kind, c.size, 0)
			r := rng.New(2, "signs")
			m, err := NewMultispin(f, []float64{2, 3.5}, 2, r.Uint64, 6)
			if err != nil {
				t.Fatal(err)
			}
			const samples = 15000
			systems := []int{0, 17, 63}
			counts := make(map[[2]int][]int)
			for _, s := range systems {
				for k := range 2 {
					counts[[2]int{s, k}] = make([]int, 1<<f.n)
				}
			}
			for range samples {
				if err := m.Sweep(context.Background(), 6); err != nil {
					t.Fatal(err)
				}
				for at, count := range counts {
					index := 0
					for i := range f.n {
						index |= int(m.Spin(at[1], i, at[0])+1) / 2 << i
					}
					count[index]++
				}
			}
			for at, count := range counts {
				var bonds []Bond
				for i, b := range f.bonds {
					b.Value = 1
					if m.bondSign[i]>>at[0]&1 == 1 {
						b.Value = -1
					}
					bonds = append(bonds, b)
				}
				own, err := New(f.n, bonds, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				chance, err := Weights(own, m.ladder[at[1]])
				if err != nil {
					t.Fatal(err)
				}
				if d := chiSquared(count, chance, samples); d > 5 {
					t.Errorf("system %d at T = %v: chi^2 is %.1f standard deviations above its mean", at[0], m.ladder[at[1]], d)
				}
			}
		})
	}
}

// Energies, magnetizations and overlaps that are counted 64 at a time are those of the single systems.
func TestMultispinCounts(t *testing.T) {
	f := ferromagnet(t, "cubic", 4, 0)
	a, err := NewMultispin(f, []float64{1.5}, 0, rng.New(2, "signs").Uint64, 6)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewMultispin(f, []float64{1.5}, 0, rng.New(2, "signs").Uint64, 7)
	if err != nil {
		t.Fatal(err)
	}
	a.Update()
	b.Update()
	e, mag := a.Energies(0), a.Magnetizations(0)
	q, err := a.Overlaps(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []int{0, 31, 63} {
		one := signed(t, "cubic", 4, a.bondSign, r)
		s, o := make([]int8, one.n), make([]int8, one.n)
		sum := 0.0
		for i := range s {
			s[i], o[i] = a.Spin(0, i, r), b.Spin(0, i, r)
			sum += float64(s[i])
		}
		closeTo(t, "energy", e[r], one.energy(s)/64, 1e-12)
		closeTo(t, "magnetization", mag[r], sum/64, 1e-12)
		closeTo(t, "overlap", q.Q[r], overlap(s, o)/64, 1e-12)
		waves := 0.0
		for d, stride := range []int{1, 4, 16} {
			re, im := 0.0, 0.0
			for i := range s {
				x := 2 * math.Pi * float64(i/stride%4) / 4
				re += float64(s[i]*o[i]) * math.Cos(x) / 64
				im += float64(s[i]*o[i]) * math.Sin(x) / 64
			}
			waves += (re*re + im*im) / 3
			_ = d
		}
		closeTo(t, "wave", q.Wave[r], waves, 1e-12)
	}
}

func TestMultispinRefuses(t *testing.T) {
	gauss, err := EdwardsAnderson(Lattice{Kind: "square", Size: []int{4, 4}}, Gaussian, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewMultispin(gauss, []float64{1}, 0, nil, 1); err == nil {
		t.Error("couplings other than -1 and +1 are taken")
	}
	if _, err := NewMultispin(ferromagnet(t, "square", 4, 1), []float64{1}, 0, nil, 1); err == nil {
		t.Error("a field is taken")
	}
	if _, err := NewMultispin(ferromagnet(t, "square", 4, 0), []float64{0}, 0, nil, 1); err == nil {
		t.Error("temperature 0 is taken")
	}
}

func BenchmarkMultispin(b *testing.B) {
	for _, c := range []struct {
		kind string
		size int
	}{{"square", 64}, {"cubic", 16}} {
		b.Run(c.kind, func(b *testing.B) {
			f := ferromagnet(b, c.kind, c.size, 0)
			temperature := map[string]float64{"square": SquareTc, "cubic": 4.5115}[c.kind]
			m, err := NewMultispin(f, []float64{temperature}, 0, nil, 1)
			if err != nil {
				b.Fatal(err)
			}
			for range 50 {
				m.Update()
			}
			for b.Loop() {
				m.Update()
			}
			b.ReportMetric(Replicas*float64(f.n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "flips/ns")
		})
	}
}

// Settings that the sampler has no use for are refused, not passed over.
func TestIsingRefusesWhatItsSamplerIgnores(t *testing.T) {
	for want, change := range map[string]func(o *Ising){
		"leave copies out":   func(o *Ising) { o.Sampler, o.Copies = "multispin", 4 },
		"leave clusters out": func(o *Ising) { o.Sampler, o.Clusters = "metropolis", 9 },
	} {
		o := DefaultIsing()
		o.Size = 8
		change(&o)
		if _, err := o.New(nil, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}
