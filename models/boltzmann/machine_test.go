package boltzmann

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/optim"
	"lenz/train"
	"lenz/train/traintest"
)

func newMachine(t testing.TB, c Machine, visible int, size float64) *MachineModel {
	t.Helper()
	m, err := c.New(layout(visible, 8), 1)
	if err != nil {
		t.Fatal(err)
	}
	randomize(t, m.Params(), size)
	return m
}

// allStates returns p(s) of all states by their energies alone, and log Z.
func allStates(m *MachineModel) (states [][]float64, p []float64, logZ float64) {
	z := 0.0
	for k := range 1 << m.n {
		s := make([]float64, m.n)
		fillStates(s, m.n, k)
		e := math.Exp(-m.Energy(s) / m.temperature())
		states, p, z = append(states, s), append(p, e), z+e
	}
	for i := range p {
		p[i] /= z
	}
	return states, p, math.Log(z)
}

// Moments by the Gray code are those of plain enumeration, and so are log Z and the likelihoods; a temperature other than 1 tells
// where it was forgotten.
func TestMachineIsEnumerated(t *testing.T) {
	c := DefaultMachine()
	c.Hidden, c.Temperatures = 3, []float64{2, 1.4}
	m := newMachine(t, c, 4, 1)
	states, p, want := allStates(m)
	if z, err := m.LogZ(); err != nil || math.Abs(z-want) > 1e-10 {
		t.Errorf("log Z is %v, want %v (%v)", z, want, err)
	}
	pairs, units, err := m.Moments()
	if err != nil {
		t.Fatal(err)
	}
	moments := make([]float64, len(pairs)+len(units))
	rowP := map[int]float64{}
	for k, s := range states {
		m.gather(moments, s, p[k])
		rowP[k&15] += p[k]
	}
	for i, got := range append(pairs, units...) {
		if math.Abs(got-moments[i]) > 1e-10 {
			t.Errorf("moment %d is %v, want %v", i, got, moments[i])
		}
	}
	rows := make([]float64, 4*16)
	fillStates(rows, 4, 0)
	logs, err := m.LogLikelihood(rows, 16)
	if err != nil {
		t.Fatal(err)
	}
	for k, l := range logs {
		if math.Abs(l-math.Log(rowP[k])) > 1e-10 {
			t.Errorf("log p of row %d is %v, want %v", k, l, math.Log(rowP[k]))
		}
	}
}

// Sampled moments of 10 units lie within six standard errors of enumeration: 400 chains of 50 sweeps are at least 400 independent
// states, so that a mean of zeros and ones has an error of at most 0.5/20.
func TestSampledMachineMomentsAreEnumerated(t *testing.T) {
	c := DefaultMachine()
	c.Hidden, c.Collect, c.Particles, c.Sweeps = 5, 50, 400, 5
	m := newMachine(t, c, 5, 0.8)
	got, err := m.anneal(context.Background(), nil, 400, m.stream.Split(1))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := m.freeMoments()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 6*0.5/20/math.Sqrt(5) {
			t.Errorf("moment %d is %v, enumeration gives %v", i, got[i], want[i])
		}
	}
	// With a row held, the hidden units follow their conditional distribution.
	row := []float64{1, 0, 1, 1, 0}
	rows := make([]float64, 0, 400*5)
	for range 400 {
		rows = append(rows, row...)
	}
	if got, err = m.anneal(context.Background(), rows, 400, m.stream.Split(2)); err != nil {
		t.Fatal(err)
	}
	want, _ = m.clampedMoments(row, 1)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 6*0.5/20/math.Sqrt(5) {
			t.Errorf("clamped moment %d is %v, enumeration gives %v", i, got[i], want[i])
		}
	}
}

// The exact gradient is the central difference of the exact likelihood, with a group structure and at a temperature other than 1.
func TestMachineGradient(t *testing.T) {
	c := DefaultMachine()
	c.Hidden, c.Groups, c.Statistics, c.Temperatures, c.Decay = 2, []int{2, 3}, "exact", []float64{1.3}, 0.1
	m := newMachine(t, c, 5, 0.7)
	if len(m.pairs) != 1+3+2*5+1 {
		t.Errorf("%d pairs, want those within groups (1 + 3), with hidden units (10) and between them (1)", len(m.pairs))
	}
	b, ctx := batch(6, 5, false), context.Background()
	run := func() float64 {
		loss, err := m.Gradient(ctx, b, 0)
		if err != nil {
			t.Fatal(err)
		}
		return loss
	}
	run()
	exact := m.Params().CopyGrads()
	w, _ := m.couplings()
	for i := range exact {
		v := &graph.Values[float64](m.Params())[i]
		was := *v
		*v = was + 1e-5
		up := run()
		*v = was - 1e-5
		down := run()
		*v = was
		if slope := (up - down) / 2e-5; math.Abs(slope-exact[i]) > 1e-8 {
			t.Errorf("value %d: gradient %v, central difference %v", i, exact[i], slope)
		}
	}
	loss, _, err := m.Loss(ctx, b)
	if err != nil || math.Abs(loss+0.05*square(w)-run()) > 1e-10 {
		t.Errorf("the loss without decay is %v, with it %v (%v)", loss, run(), err)
	}
}

func square(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v * v
	}
	return s
}

// A machine without hidden units learns the moments of its data: the pairwise maximum-entropy distribution.
func TestMachineLearnsMoments(t *testing.T) {
	c := DefaultMachine()
	c.Hidden, c.Statistics = 0, "exact"
	m := newMachine(t, c, 5, 0)
	b := batch(40, 5, false)
	adam := optim.DefaultAdam()
	adam.Rate = 0.01
	o, err := adam.New()
	if err != nil {
		t.Fatal(err)
	}
	l := train.Gradient(m, o)
	for range 3000 {
		if _, err := l.Learn(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	want := make([]float64, len(m.pairs)+m.n)
	for r := range b.B {
		m.gather(want, b.X.Data[r*5:(r+1)*5], 1.0/40)
	}
	got, _ := m.freeMoments()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-4 {
			t.Errorf("moment %d is %v, the data's %v", i, got[i], want[i])
		}
	}
}

func TestMachineHasTheSameBitsAtAnyGOMAXPROCS(t *testing.T) {
	run := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		m := newMachine(t, DefaultMachine(), 6, 1)
		if _, err := m.Gradient(context.Background(), batch(30, 6, false), 2); err != nil {
			t.Fatal(err)
		}
		s, err := m.Sample(context.Background(), nil, 9, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		return append(m.Params().CopyGrads(), s...)
	}
	want := run(1)
	for i, g := range run(5) {
		if math.Float64bits(g) != math.Float64bits(want[i]) {
			t.Fatalf("value %d is %v, want %v", i, g, want[i])
		}
	}
}

func TestMachineComesBackToTheBit(t *testing.T) {
	traintest.Learner(t, func() (train.Learner, datasets.Source, error) {
		table, err := datasets.BarsAndStripes(3)
		if err != nil {
			return nil, nil, err
		}
		src, err := table.Source(datasets.SourceOptions{Shuffle: true, Batch: 5})
		if err != nil {
			return nil, nil, err
		}
		m, err := DefaultMachine().New(src.Layout(), 2)
		if err != nil {
			return nil, nil, err
		}
		o, err := optim.DefaultMomentum().New()
		return train.Gradient(m, o), src, err
	}, 6)
}

// Values of a row that are NaN move, the others stay: the means are those over the states that agree with the row.
func TestPartialRowsAreCompleted(t *testing.T) {
	m := newMachine(t, DefaultMachine(), 4, 0.8)
	const n, sweeps = 20000, 20
	row := []float64{1, math.NaN(), 0, math.NaN()}
	states, all, _ := allStates(m)
	var z float64
	want := make([]float64, m.Units())
	for k, s := range states {
		if s[0] == row[0] && s[2] == row[2] {
			z += all[k]
			for i, v := range s {
				want[i] += all[k] * v
			}
		}
	}
	got, err := m.Sample(context.Background(), slices.Repeat(row, n), n, sweeps, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		var sum float64
		for c := range n {
			sum += got[c*m.Units()+i]
		}
		p := want[i] / z
		// The chains are independent: five standard deviations of a mean.
		if tolerance := 5 * math.Sqrt(p*(1-p)/n); math.Abs(sum/n-p) > tolerance {
			t.Errorf("unit %d: mean %v, enumerated %v, tolerance %v", i, sum/n, p, tolerance)
		}
	}
}

func TestMachineRefuses(t *testing.T) {
	m := newMachine(t, DefaultMachine(), 4, 0.1)
	b := batch(3, 4, false)
	b.X.Data[6] = 0.5
	if _, err := m.Gradient(context.Background(), b, 0); err == nil || !strings.Contains(err.Error(), "row 1, value 2 is 0.5") {
		t.Errorf("a grey value: %v", err)
	}
	if _, err := m.Sample(context.Background(), []float64{1, 0, 2, math.NaN()}, 1, 1, 1); err == nil || !strings.Contains(err.Error(), "row 0, value 2 is 2") {
		t.Errorf("a held value: %v", err)
	}
	for want, change := range map[string]func(*Machine){
		"at most 20":           func(c *Machine) { c.Statistics, c.Hidden = "exact", 30 },
		"7 units together":     func(c *Machine) { c.Groups = []int{3, 4} },
		"temperatures is empt": func(c *Machine) { c.Temperatures = nil },
		"temperatures":         func(c *Machine) { c.Temperatures = []float64{0} },
	} {
		c := DefaultMachine()
		change(&c)
		if _, err := c.New(layout(5, 1), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if e := m.Energy([]float64{1, 2, 0}); !math.IsNaN(e) {
		t.Errorf("the energy of no state is %v", e)
	}
}

// Annealed importance sampling is within a nat of enumeration, and within five of the errors that it states: on machines with and without hidden
// units, at a temperature other than 1, with couplings that are strong for their number, from the rows' means and from coins.
func TestMachineAISIsEnumerated(t *testing.T) {
	for _, c := range []struct {
		visible, hidden   int
		size, temperature float64
		base              bool
	}{{12, 8, 0.8, 1, false}, {10, 10, 0.8, 1, true}, {16, 0, 0.5, 1.5, true}, {3, 17, 0.5, 1, false}, {20, 0, 1, 2, false}} {
		s := DefaultMachine()
		s.Hidden, s.Temperatures = c.hidden, []float64{c.temperature}
		m := newMachine(t, s, c.visible, c.size)
		want, err := m.LogZ()
		if err != nil {
			t.Fatal(err)
		}
		o := AIS{Temperatures: 1000, Runs: 100, Seed: 3}
		if c.base {
			for i := range c.visible {
				o.Base = append(o.Base, 0.1+0.8*float64(i)/float64(c.visible))
			}
		}
		got, err := m.AIS(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if off := math.Abs(got.LogZ - want); off > 1 || off > 5*got.SD || got.SD > 0.3 {
			t.Errorf("%+v: log Z is %.4f +- %.4f, enumeration gives %.4f", c, got.LogZ, got.SD, want)
		}
	}
}

// The sums over hidden units, exact and by AIS, are those of plain enumeration, and with them the likelihood.
func TestEstimatedLikelihoodIsEnumerated(t *testing.T) {
	s := DefaultMachine()
	s.Hidden, s.Temperatures = 9, []float64{1.3}
	m := newMachine(t, s, 8, 0.8)
	const n = 24
	rows := make([]float64, n*8)
	fillStates(rows, 8, 77)
	want, err := m.LogLikelihood(rows, n)
	if err != nil {
		t.Fatal(err)
	}
	logZ, _ := m.LogZ()
	net, stream := m.network(), m.stream.Split(9)
	for r := range n {
		state := make([]float64, m.n)
		copy(state, rows[r*8:(r+1)*8])
		if got := m.sumHidden(net, state) - logZ; math.Abs(got-want[r]) > 1e-9 {
			t.Errorf("row %d: the exact sum gives log p = %v, want %v", r, got, want[r])
		}
		e := m.annealHidden(context.Background(), net, state, 100, 20, stream.Split(uint64(r)))
		if off := math.Abs(e.LogZ - logZ - want[r]); off > 5*e.SD+1e-9 || off > 0.5 {
			t.Errorf("row %d: by AIS log p = %v +- %v, want %v", r, e.LogZ-logZ, e.SD, want[r])
		}
	}
	got, err := m.estimatedLikelihood(context.Background(), rows, n, AIS{Temperatures: 1000, Runs: 100, Seed: 1})
	if off := math.Abs(got.Mean - mean(want)); err != nil || off > 5*got.Error || off > 1 || got.Error == 0 || got.Exact {
		t.Errorf("the mean log-likelihood is %+v, want %v (%v)", got, mean(want), err)
	}
}

// A machine beyond enumeration has a likelihood: of independent units in both layers it is known. What would take hours is refused.
func TestLargeMachineLikelihood(t *testing.T) {
	for _, hidden := range []int{15, 25} {
		s := DefaultMachine()
		s.Hidden = hidden
		m := newMachine(t, s, 30, 0)
		_, bias := m.couplings()
		want, logZ := 0.0, 0.0
		rows := make([]float64, 2*30)
		fillStates(rows, 30, 12345)
		for i := range bias {
			bias[i] = math.Sin(float64(i))
			logZ += softplus(bias[i])
			if i < 30 {
				want += (rows[i] + rows[30+i]) / 2 * bias[i]
				want -= softplus(bias[i])
			}
		}
		got, err := m.Likelihood(context.Background(), rows, 2, AIS{Temperatures: 400, Runs: 100, Seed: 1})
		if err != nil || got.Exact || got.Error > 0.2 || math.Abs(got.Mean-want) > 5*got.Error || math.Abs(got.LogZ-logZ) > 5*got.Error {
			t.Errorf("%d hidden units: %+v, want mean %v and log Z %v (%v)", hidden, got, want, logZ, err)
		}
		if again, _ := m.Likelihood(context.Background(), rows, 2, AIS{Temperatures: 400, Runs: 100, Seed: 1}); again != got {
			t.Errorf("%d hidden units: again %+v, was %+v", hidden, again, got)
		}
	}
	s := DefaultMachine()
	s.Hidden = 25
	m := newMachine(t, s, 2, 0)
	_, err := m.Likelihood(context.Background(), make([]float64, 2*10000), 10000, AIS{Temperatures: 5000, Runs: 100})
	if err == nil || !strings.Contains(err.Error(), "25 hidden units, more than 20, of each of 10000 rows") {
		t.Errorf("got %v, want a refusal", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.AIS(ctx, AIS{Temperatures: 10, Runs: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was canceled", err)
	}
	for _, o := range []AIS{{Temperatures: 0, Runs: 2}, {Temperatures: 1, Runs: 1}, {Temperatures: 1, Runs: 2, Base: []float64{0.5}}, {Temperatures: 1, Runs: 2, Base: []float64{0.5, 2}}} {
		if _, err := m.AIS(context.Background(), o); err == nil || !strings.Contains(err.Error(), "AIS") {
			t.Errorf("%+v: got %v, want a refusal", o, err)
		}
	}
}
