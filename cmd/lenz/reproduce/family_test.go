package reproduce

import (
	"context"
	"testing"
)

// The quick forms of experiments that take seconds come out as published, and again to the bit.
func TestQuickExperimentsOfTheFamily(t *testing.T) {
	for _, name := range []string{"modern-hopfield-attention", "boltzmann-encoder"} {
		e, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		var first *Result
		for range 2 {
			r, err := e.Do(context.Background(), Options{Quick: true, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if !r.Within() || len(r.Figures) == 0 {
				t.Errorf("%s: %+v", name, r.Checks)
			}
			if first == nil {
				first = r
				continue
			}
			for i, c := range r.Checks {
				if c.Value != first.Checks[i].Value || c.Error != first.Checks[i].Error {
					t.Errorf("%s: %s is %v, then %v", name, c.What, first.Checks[i].Value, c.Value)
				}
			}
		}
	}
}

// A cancelled experiment stops.
func TestExperimentsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, e := range []Experiment{modernCapacity(), modernAttention(), boltzmannEncoder(), rbmBars(), rbmDigits(), dbnDigits(), hopfieldCapacity(),
		glassGroundState(), ngrcLorenz(), narma10(), delayNarma(), memoryCapacity()} {
		if _, err := e.Do(ctx, Options{Quick: true, Seed: 1}); err == nil {
			t.Errorf("%s goes on although it was cancelled", e.Name)
		}
	}
}
