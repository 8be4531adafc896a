package datasets

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// streamCheck follows the streams through the batches.
type streamCheck struct {
	at   [][2]int       // series and row that each stream comes to next
	seen map[[2]int]int // how often a target counted
}

// follow checks that stream k of a batch goes on where it was, and that inputs and targets are those of its rows (ramps).
func (c *streamCheck) follow(b Batch, k int) error {
	steps := b.T
	if b.Lengths != nil {
		steps = b.Lengths[k]
	}
	for step := range b.T {
		weight := b.Mask.At(step, k, 0)
		if step >= steps || b.Origin[k] == 0 { // past the end, or padding of a stream that has ended
			if weight != 0 {
				return fmt.Errorf("step %d of %d counts", step, steps)
			}
			continue
		}
		row := b.Origin[k] + step
		if x, y := b.X.At(step, k, 0), b.Y.At(step, k, 0); x != float64(row-1) || y != float64(1000+row) {
			return fmt.Errorf("step %d: input %v, target %v for row %d", step, x, y, row)
		}
		here := [2]int{b.Series[k], row}
		if (step > 0 || !b.Reset[k]) && here != c.at[k] {
			return fmt.Errorf("step %d is at %v, want %v", step, here, c.at[k])
		}
		c.at[k] = [2]int{here[0], row + 1}
		if weight > 0 {
			c.seen[here]++
		}
	}
	return nil
}

// Run together, the streams see every step of a part once with weight one, in order, and each is where its last batch left it.
func TestStreams(t *testing.T) {
	for _, c := range []struct {
		lengths        []int
		streams, chunk int
		warm           int
		part           Part
	}{
		{[]int{101}, 4, 7, 0, Train}, {[]int{101}, 1, 1000, 0, Train}, {[]int{30, 200, 77}, 4, 5, 0, Train},
		{[]int{40, 40, 40, 40, 40, 40}, 3, 9, 0, Train}, {[]int{101, 53}, 2, 6, 10, Valid}, {[]int{101}, 3, 4, 1000, Test},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			var series []*Series
			want := map[[2]int]int{}
			for i, n := range c.lengths {
				series = append(series, ramp(fmt.Sprint(i), n, "y", "z"))
			}
			w := cut(t, "0.6,0.2,0.2", WindowSpec{Input: 1, Horizon: 1, Targets: []string{"z"}}, series...)
			for i, section := range w.Split().Parts[c.part] {
				for row := max(1, section.From); row < section.To; row++ {
					want[[2]int{i, row}] = 1
				}
			}
			s, err := w.Stream(c.part, StreamOptions{Streams: c.streams, Chunk: c.chunk, Warm: c.warm})
			if err != nil {
				t.Fatal(err)
			}
			check := streamCheck{make([][2]int, c.streams), map[[2]int]int{}}
			batches := all(s)
			if len(batches) != s.Len() {
				t.Errorf("%d batches, Len %d", len(batches), s.Len())
			}
			for n, b := range batches {
				if !b.Carry || n == 0 && slices.Contains(b.Reset, false) || b.T > c.chunk {
					t.Fatalf("batch %d: carry %v, reset %v, %d steps", n, b.Carry, b.Reset, b.T)
				}
				for k := range b.B {
					if err := check.follow(b, k); err != nil {
						t.Fatalf("batch %d, stream %d: %v", n, k, err)
					}
				}
			}
			if diff := cmp.Diff(want, check.seen); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A source that is restored after any batch goes on as the one that was saved.
func TestSourcesResume(t *testing.T) {
	w := cut(t, "0.8,0.1,0.1", WindowSpec{Input: 4, Horizon: 2, Batch: 7}, ramp("a", 60, "y"), ramp("b", 43, "y"))
	task, err := Open("adding", map[string]string{"T": "9", "train": "20", "fresh": "1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func() (Source, error){
		"windows":   func() (Source, error) { return w.Source(Train, SourceOptions{Shuffle: true, Seed: 3}) },
		"streams":   func() (Source, error) { return w.Stream(Train, StreamOptions{Streams: 3, Chunk: 5}) },
		"sequences": func() (Source, error) { return task.Train.Source(SourceOptions{Shuffle: true, Batch: 6}) },
	} {
		a, err := build()
		if err != nil {
			t.Fatal(err)
		}
		for epoch := range uint64(2) {
			a.Reset(epoch)
			for done := 0; done <= a.Len(); done++ {
				saved := a.State()
				b, err := build()
				if err != nil {
					t.Fatal(err)
				}
				if err := b.Restore(saved); err != nil {
					t.Fatal(err)
				}
				x, okX := a.Next()
				y, okY := b.Next()
				if okX != okY || okX != (done < a.Len()) || !cmp.Equal(x, y) {
					t.Fatalf("%s: epoch %d: batch %d differs after a restore", name, epoch, done)
				}
			}
		}
		if err := a.Restore(map[string]any{"epoch": uint64(0)}); err == nil {
			t.Errorf("%s: took a state without a position", name)
		}
	}
	saved := source(t, w, Train, SourceOptions{Shuffle: true, Seed: 3}).State()
	if err := source(t, w, Train, SourceOptions{Shuffle: true, Seed: 4}).Restore(saved); err == nil {
		t.Error("a source of another seed took the state")
	}
}

func TestStreamsKnowTheStepThatIsForecast(t *testing.T) {
	w := cut(t, "1,0,0", WindowSpec{Input: 1, Horizon: 1, Targets: []string{"z"}, Known: []string{"y"}}, ramp("a", 50, "y", "z"))
	s, err := w.Stream(Train, StreamOptions{Streams: 2, Chunk: 7})
	if err != nil {
		t.Fatal(err)
	}
	known := s.Layout().FutureInputs[0]
	steps := 0
	for b, ok := s.Next(); ok; b, ok = s.Next() {
		for k := range b.B {
			for at := 0; at+1 < b.T && (b.Lengths == nil || at+1 < b.Lengths[k]); at++ {
				if got, next := b.Future.At(at, k, 0), b.X.At(at+1, k, known); got != next {
					t.Fatalf("stream %d, step %d: the known value is %v, a step later the input is %v", k, at, got, next)
				}
				steps++
			}
		}
	}
	if steps < 30 {
		t.Errorf("compared %d steps only", steps)
	}
}
