package job

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/models"
	"lenz/models/catalog"
	"lenz/train"
	"lenz/train/traintest"
)

// families are the models in sizes whose work is cut into several pieces, which more processors share differently.
var families = []string{
	"rnn --data air-passengers --input 24 --horizon 6 --batch 64 --epochs 2",
	"lstm --data air-passengers --input 24 --horizon 6 --batch 64 --epochs 2 --set layers=2 --set dropout=0.2",
	"lstm --data air-passengers --horizon 2 --input 12 --batch 8 --tbptt 6 --epochs 2 --set head=gaussian",
	"gru --data air-passengers --input 24 --horizon 6 --batch 64 --epochs 2 --set members=2 --optimizer muon",
	"modern-hopfield --data air-passengers --input 24 --horizon 6 --batch 64 --epochs 1",
	"crbm --data air-passengers --input 24 --horizon 6 --batch 64 --epochs 2",
	"esn --data air-passengers --input 12 --horizon 6 --set washout=10 --set units=200",
	"deep-esn --data air-passengers --input 12 --horizon 6 --set washout=10",
	"parallel-esn --data air-passengers --input 12 --horizon 6 --set washout=10 --set units=100",
	"delay --data air-passengers --input 12 --horizon 6 --set washout=10 --set nodes=100",
	"lsm --data air-passengers --input 12 --horizon 6 --set washout=10 --set neurons=100",
	"ngrc --data air-passengers --input 12 --horizon 6",
	"ising --set size=32 --set thermalize=10 --set sweeps=5 --set steps=2 --epochs 2",
	"ising --set sampler=multispin --set size=32 --set thermalize=10 --set sweeps=5 --set steps=2 --epochs 2",
	"ising --set sampler=packed --set size=512 --set temperature=2.3 --set thermalize=4 --set sweeps=5 --set steps=2 --epochs 2",
	"spinglass --set thermalize=10 --set sweeps=5 --set steps=2 --epochs 2",
	"hopfield --set sweeps=5 --set steps=2 --epochs 2",
	"boltzmann --data bars --epochs 2 --batch 15",
	"rbm --data bars --epochs 2 --batch 30 --set chains=pcd",
	"dbn --data bars --epochs 2 --batch 30 --set layers=32,16",
}

// One seed gives the same bits in every run, on any number of processors: of weights, states of optimizers and chains, every metric of every
// step, forecasts, baselines and samples.
func TestOneSeedGivesTheSameBits(t *testing.T) {
	turns := 1
	if torture() {
		turns = 20
	}
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	for _, name := range catalog.Names() {
		if !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(f, name+" ") }) {
			t.Errorf("no row of the table trains %s", name)
		}
	}
	for _, flags := range families {
		want, runs := "", 0
		for range turns {
			for _, processors := range []int{1, 2, 8} {
				runtime.GOMAXPROCS(processors)
				got, err := born(t, "--model "+flags, 0).fingerprint(t.Context())
				if err != nil {
					t.Fatalf("%s: %v", flags, err)
				}
				if runs++; want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%s: run %d, on %d processors, gives other bits: %s", flags, runs, processors, firstDifference(got, want))
				}
			}
		}
	}
}

// fingerprint runs to the end, and says what came out of it.
func (l life) fingerprint(ctx context.Context) (string, error) {
	c := *l.config
	k := kindOf(c.Model.Model)
	p, err := k.prepare(ctx, &session{Request: Request{Config: &c, Say: func(string, ...any) {}}})
	if err != nil {
		return "", err
	}
	defer p.learner.Close()
	log := &diary{}
	var last []byte
	keep := train.ObserverFunc(func(e train.Event) error {
		if e.Kind != train.Save || !e.Final {
			return nil
		}
		s, err := e.Snapshot()
		if err == nil {
			last, err = traintest.Encode(timeless(s))
		}
		return err
	})
	observers := append(append([]train.Observer{log}, p.observers...), keep)
	if _, err := train.Fit(ctx, p.learner, p.data, train.Epochs(c.Train.Epochs), train.Watch(observers...)); err != nil {
		return "", err
	}
	answer, err := answers(ctx, k, &c)
	return fmt.Sprintf("checkpoint %x\n%s\n%s", sha256.Sum256(last), strings.Join(log.lines, "\n"), answer), err
}

// answers are what a trained model is for: forecasts and their scores beside the baselines', draws, or samples.
func answers(ctx context.Context, k kind, c *Config) (string, error) {
	var found []any
	switch k := k.(type) {
	case *solving:
		return answers(ctx, &k.forecasting, c)
	case *forecasting:
		spec, err := k.spec(c)
		if err != nil {
			return "", err
		}
		p := &models.Pipeline{Spec: spec, Model: k.model}
		tested, err := Test(ctx, c, k.task, p, TestOptions{Part: datasets.Test})
		if err != nil {
			return "", err
		}
		future, err := p.Forecast(ctx)
		if err != nil {
			return "", err
		}
		found = append(found, tested, future)
	case *density:
		drawn, err := k.model.Draw(ctx, 5, 3, 1)
		if err != nil {
			return "", err
		}
		found = append(found, drawn)
	case *sampling:
		found = append(found, k.samples())
	}
	text, err := json.Marshal(found)
	return seconds.ReplaceAllString(string(text), ""), err
}

// seconds are the only thing that two runs may differ in.
var seconds = regexp.MustCompile(`"seconds":[^,}]*`)

// firstDifference is the line in which two texts part.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is %.200s, want %.200s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines for %d", len(a), len(b))
}
