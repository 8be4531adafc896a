package study_test

import (
	"context"
	"fmt"
	"log"

	"lenz/optim"
	"lenz/train/study"
)

// Adam at a sane rate against Adam at one that is far too small, and against itself under another name: the
// statistics say yes, and no.
func Example() {
	factory := func(_ context.Context, t study.Trial) (*study.Experiment, error) {
		entry, err := optim.Lookup("adam")
		if err != nil {
			return nil, err
		}
		adam, err := entry.New(t.All())
		if err != nil {
			return nil, err
		}
		return study.DefaultQuadratic().New(adam, t.Seed, t.Order)
	}
	space := study.Space{{Name: "rate", Scale: study.Log, Low: 1e-3, High: 1}}
	plan := study.Default()
	plan.Tasks = []study.Task{{Name: "quadratic"}}
	plan.Contenders = []study.Contender{
		{Name: "adam", Space: space},
		{Name: "again", Space: space},
		{Name: "slow", Settings: map[string]string{"rate": "1e-7"}},
	}
	plan.Trials, plan.Timed = 4, 0

	s := study.Study{Plan: plan, Runner: study.Pool{Factory: factory, Workers: 2}}
	records, err := s.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	result, err := study.Analyze(plan, records)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range result.Tasks[0].Pairs {
		fmt.Printf("%s, %s: p = %.2g, differs: %v\n", p.A, p.B, float64(p.Holm), p.Differs)
	}
	// Output:
	// adam, again: p = 0.16, differs: false
	// adam, slow: p = 0.0059, differs: true
	// again, slow: p = 0.0059, differs: true
}

// The signed-rank test of five pairs cannot go below 1/16; after Holm's correction for three comparisons nothing can be shown.
func ExampleHolm() {
	p := study.WilcoxonP([]float64{0.3, 0.1, 0.4, 0.2, 0.5})
	fmt.Println(p)
	fmt.Println(study.Holm([]float64{p, p, 1}))
	fmt.Println(study.SignedRank.SeedsNeeded(3, 0.05), "seeds are needed")
	// Output:
	// 0.0625
	// [0.1875 0.1875 1]
	// 7 seeds are needed
}

// A range is searched evenly on its own scale.
func ExampleParseRange() {
	r, err := study.ParseRange("hidden=logint:8:128")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.At(0), r.At(0.25), r.At(0.5), r.At(0.75), r.At(0.999))
	_, err = study.ParseRange("rate=log:1e-1:1e-4")
	fmt.Println(err)
	// Output:
	// 8 16 32 64 128
	// search range rate is empty: it goes from 0.1 to 0.0001, want a lower and a higher number
}
