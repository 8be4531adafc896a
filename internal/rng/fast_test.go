package rng

import "testing"

// The first values from the state 1, 2, 3, 4 are those of the authors' xoshiro256plusplus.c (as in the tests of Rust's rand_xoshiro).
func TestXoshiroKnownAnswers(t *testing.T) {
	f := Fast{1, 2, 3, 4}
	for i, want := range []uint64{41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205, 9973669472204895162} {
		if got := f.Uint64(); got != want {
			t.Errorf("value %d is %d, want %d", i, got, want)
		}
	}
	saved := f.State()
	want := f.Uint64()
	var g Fast
	if err := g.Restore(saved); err != nil || g.Uint64() != want {
		t.Errorf("a restored generator goes on otherwise (%v)", err)
	}
	if err := g.SetWords(make([]uint64, 4)); err == nil {
		t.Error("the state of zeros, from which nothing comes, was taken")
	}
}

func TestFastIntNIsUniform(t *testing.T) {
	f := NewFast(New(1, "ints"))
	var count [7]int
	const n = 70000
	for range n {
		count[f.IntN(7)]++
	}
	for k, c := range count { // five standard errors of n/7
		if c < 9500 || c > 10500 {
			t.Errorf("%d came %d times of %d", k, c, n)
		}
	}
}
