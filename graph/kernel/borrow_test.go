package kernel

import "testing"

// What is given back is borrowed again, but not for a much smaller need, and not by two at once.
func TestBorrow(t *testing.T) {
	shelf64.free = nil // other tests find less to borrow, and make it
	first := Borrow[float64](1000)
	if len(first) != 1000 {
		t.Fatalf("%d values, want 1000", len(first))
	}
	GiveBack(first)
	few := Borrow[float64](10)
	again := Borrow[float64](500)
	other := Borrow[float64](500)
	if len(few) != 10 || len(again) != 500 || len(other) != 500 {
		t.Fatalf("%d, %d and %d values, want 10, 500 and 500", len(few), len(again), len(other))
	}
	if &again[0] != &first[0] || &few[0] == &first[0] || &other[0] == &first[0] {
		t.Error("want the memory that was given back for 500 values, once, and not for 10")
	}
	GiveBack[float64](nil)
	if n := len(shelf64.free); n != 0 {
		t.Errorf("%d buffers are free, want none: all are borrowed", n)
	}
}
