package bounded

import (
	"strings"
	"testing"
	"time"
)

var kept []byte

func TestWhatIsTooMuchIsSeen(t *testing.T) {
	take := func(bytes int, wait time.Duration) func() Limits {
		return func() Limits {
			for ; bytes > 0 && len(kept) >= 0; bytes -= 64 {
				kept = make([]byte, 64) // small ones are the hardest to count
			}
			time.Sleep(wait)
			return Limits{time.Millisecond, 1 << 20}
		}
	}
	if err := Run(take(1<<16, 0)); err != nil {
		t.Errorf("64 KiB of a mebibyte: %v", err)
	}
	over := func() Limits { return take(4<<20, 0)() }
	if err := Run(over); err == nil || !strings.Contains(err.Error(), "of 1ms and 1048576") {
		t.Errorf("4 MiB of a mebibyte: %v", err)
	}
	if err := Run(take(0, 25*time.Millisecond)); err == nil {
		t.Error("25 ms of one are allowed")
	}
}

func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		if err := Run(func() Limits { return Decoded(0) }); err != nil {
			b.Fatal(err)
		}
	}
}
