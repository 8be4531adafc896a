package boltzmann

import (
	"context"
	"testing"
)

// Every part that is done is told once, in order, and being told changes no bit of the estimate.
func TestAISTellsItsProgress(t *testing.T) {
	restricted, full := DefaultRBM(), DefaultMachine()
	restricted.Hidden, full.Hidden = 4, 3
	r, m := machine(t, restricted, 6, 1), newMachine(t, full, 5, 1)
	for name, estimate := range map[string]func(o AIS) (Estimate, error){
		"rbm":       func(o AIS) (Estimate, error) { return r.AIS(context.Background(), o) },
		"boltzmann": func(o AIS) (Estimate, error) { return m.AIS(context.Background(), o) },
	} {
		o := AIS{Temperatures: 40, Runs: 8, Seed: 1}
		quiet, err := estimate(o)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		o.Progress = func(done, all int) {
			if told++; done != told || done > all {
				t.Errorf("%s: %d of %d are told as number %d", name, done, all, told)
			}
			if done == all {
				told = -1
			}
		}
		loud, err := estimate(o)
		if err != nil || loud != quiet {
			t.Errorf("%s: %+v, want %+v (%v)", name, loud, quiet, err)
		}
		if told != -1 {
			t.Errorf("%s: the end is not told", name)
		}
	}
}
