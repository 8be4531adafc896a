package rng

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The known answers are those of the reference implementation's kat_vectors (Random123 1.14, philox2x64 10).
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct{ key, lo, hi, want uint64 }{
		{0, 0, 0, 0xca00a0459843d731},
		{math.MaxUint64, math.MaxUint64, math.MaxUint64, 0x65b021d60cd8310f},
		{0xa4093822299f31d0, 0x243f6a8885a308d3, 0x13198a2e03707344, 0x0a5e742c2997341c},
	} {
		if got := block(c.key, c.lo, c.hi); got != c.want {
			t.Errorf("block(%x, %x, %x) = %x, want %x", c.key, c.lo, c.hi, got, c.want)
		}
	}
}

func TestStreamIsAFunctionOfSeedNameAndPosition(t *testing.T) {
	a, b := New(1, "shuffle"), New(1, "shuffle")
	for i := range uint64(100) {
		if x, y, z := a.Uint64(), b.Uint64(), New(1, "shuffle").At(i); x != y || x != z {
			t.Fatalf("value %d: %x, %x, %x", i, x, y, z)
		}
	}
	if New(1, "shuffle").At(0) == New(2, "shuffle").At(0) || New(1, "shuffle").At(0) == New(1, "dropout").At(0) {
		t.Error("another seed or name gave the same value")
	}
	if a.Split(1).At(0) == a.Split(2).At(0) {
		t.Error("two splits gave the same value")
	}
}

func TestStreamResumes(t *testing.T) {
	a := New(7, "x")
	for range 13 {
		a.Uint64()
	}
	saved := a.State()
	want := rand.New(a).NormFloat64()
	b := New(7, "x")
	if err := b.Restore(saved); err != nil {
		t.Fatal(err)
	}
	if got := rand.New(b).NormFloat64(); got != want {
		t.Errorf("after Restore %v, want %v", got, want)
	}
	if err := New(8, "x").Restore(saved); err == nil {
		t.Error("a stream of another seed took the state")
	}
}

// Mean 1/2 and variance 1/12 within five standard errors of 200,000 draws.
func TestFloat64AtIsUniform(t *testing.T) {
	const n = 200_000
	s := New(3, "uniform")
	var sum, sq float64
	for i := range uint64(n) {
		v := s.Float64At(i)
		if v < 0 || v >= 1 {
			t.Fatalf("value %d is %v", i, v)
		}
		sum += v
		sq += (v - 0.5) * (v - 0.5)
	}
	if m := sum / n; math.Abs(m-0.5) > 5*math.Sqrt(1.0/12/n) {
		t.Errorf("mean %v", m)
	}
	if v := sq / n; math.Abs(v-1.0/12) > 5*math.Sqrt(1.0/180/n) {
		t.Errorf("variance %v", v)
	}
}
