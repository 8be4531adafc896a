package job

import (
	"strings"
	"testing"

	"lenz/graph"
)

func TestFootprintGrowsWithModelAndBatch(t *testing.T) {
	params := func(hidden int) *graph.Params {
		p := graph.NewParams(graph.Float32, 1)
		if _, err := p.Add("w", graph.Zeros(), 4*hidden, hidden); err != nil {
			t.Fatal(err)
		}
		return p
	}
	small := footprint(params(8), 10, 4, 1)
	// 256 parameters eight times, 32 units and 40 cells three times, four bytes each; 40 inputs of eight bytes.
	if want := 4.0*(8*256+3*32*40) + 8*40; small != want {
		t.Errorf("%v bytes, want %v", small, want)
	}
	if more := footprint(params(8), 10, 8, 1); more <= small {
		t.Errorf("twice the batch takes %v bytes, once %v", more, small)
	}
	// Sizes that no machine has must neither overflow nor be built.
	if huge := footprint(params(65536), 1000, 1000, 1); huge < 5e11 {
		t.Errorf("65536 units take %v bytes", huge)
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	if err := refuse(1<<30, 2<<30, "lstm", 10); err != nil {
		t.Error(err)
	}
	err := refuse(8<<30, 2<<30, "lstm", 10)
	if err == nil || !strings.Contains(err.Error(), "needs about 8 GB of memory, 2 GB are free") {
		t.Error(err)
	}
}
