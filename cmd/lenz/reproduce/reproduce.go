package reproduce

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"lenz/graph/kernel"
	"lenz/internal/near"
	"lenz/train/report"
)

// Experiment is a published result that can be measured again.
type Experiment struct {
	Name   string
	Title  string
	Source string // who published it, where
	Run    func(ctx context.Context, o Options) (*Result, error)
}

// Options say how to run an experiment.
type Options struct {
	Quick     bool   // under a minute on two cores
	Seed      uint64 // of everything random
	Instances string // folder of spin-glass and max-cut instances with best_known.csv; "" or absent: none
	Say       func(format string, args ...any)
}

// Check is one number: what was published, what came out.
type Check struct {
	What      string
	Reference float64
	Source    string
	Value     float64
	Error     float64 // one standard error of Value
	Tolerance float64
	// Factor is the tolerance of a Value above 0 that may be so many times the reference, or so many times less; 0 for a Tolerance.
	Factor float64
}

// sharp is how many errors fit into the tolerance at least: an experiment that cannot tell right from wrong does not pass.
const sharp = 3

// Within tells whether the value is within the tolerance, and known well enough to say so.
func (c Check) Within() bool {
	if c.Factor > 0 {
		return math.Abs(math.Log(c.Value/c.Reference)) <= math.Log(c.Factor) && !c.noisy()
	}
	return math.Abs(c.Value-c.Reference) <= c.Tolerance && !c.noisy()
}

// noisy tells that a value is not known well enough: by its error, relative to it where the tolerance is a factor.
func (c Check) noisy() bool {
	if c.Factor > 0 {
		return c.Error/c.Value*sharp > math.Log(c.Factor)
	}
	return c.Error*sharp > c.Tolerance
}

// Allowed is the tolerance in words.
func (c Check) Allowed() string {
	if c.Factor > 0 {
		return fmt.Sprintf("a factor of %.2g either way", c.Factor)
	}
	return fmt.Sprintf("%.2g", c.Tolerance)
}

// Verdict says it in words.
func (c Check) Verdict() string {
	switch {
	case math.IsNaN(c.Value) || math.IsNaN(c.Error):
		return "not measured"
	case c.noisy():
		return "too noisy to tell"
	case c.Within():
		return "within tolerance"
	}
	return "outside the tolerance"
}

// Result is what an experiment found.
type Result struct {
	Checks  []Check
	Rows    []string // a table for people, the first its head; may be empty
	Figures []report.Figure
	Notes   []string
	Seconds float64
}

// Within tells whether all checks are.
func (r *Result) Within() bool {
	for _, c := range r.Checks {
		if !c.Within() {
			return false
		}
	}
	return len(r.Checks) > 0
}

// All lists the experiments.
func All() []Experiment {
	return []Experiment{
		isingTc(), isingOnsager(), triangularTc(), glassTc(), glassGroundState(), hopfieldCapacity(), hopfieldRecall(),
		modernCapacity(), modernAttention(), boltzmannEncoder(), rbmBars(), rbmDigits(), dbnDigits(),
		ksForecast(), ksParallel(), lorenzClimate(), ngrcLorenz(), ngrcDoubleScroll(),
		ksLyapunov(), mackeyGlass(), narma10(), delayNarma(), memoryCapacity(), echoState(), vanishingGradients(), rnnLSTMESN(),
	}
}

// Lookup returns the named experiment, or an error that suggests a near name.
func Lookup(name string) (Experiment, error) {
	var names []string
	for _, e := range All() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return Experiment{}, fmt.Errorf("unknown experiment %q: the experiments are %s%s", name, strings.Join(names, ", "), near.Suggest(name, names))
}

// Do runs an experiment and times it.
func (e Experiment) Do(ctx context.Context, o Options) (*Result, error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	began := time.Now()
	kernel.Install() // before any fit: the bits are those of its products
	r, err := e.Run(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// bars is a band of one standard error on either side of values.
func bars(name string, c report.Color, x, y, errs []float64) report.Band {
	b := report.Band{Name: name, Color: c, X: x}
	for i := range y {
		b.Low, b.High = append(b.Low, y[i]-errs[i]), append(b.High, y[i]+errs[i])
	}
	return b
}
