package reservoir

import (
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"lenz/datasets"
	"lenz/internal/rng"
)

func TestSpectralRadius(t *testing.T) {
	for _, c := range []struct {
		n, links int
		kind     string
	}{{100, 10, "uniform"}, {300, 10, "uniform"}, {300, 0, "normal"}, {400, 3, "positive"}, {200, 0, "orthogonal"}, {250, 0, "cycle"}, {300, 5, "bernoulli"}} {
		m, err := topology{c.n, c.links, c.n == 400, c.kind, 0.9}.new(t.Context(), rand.New(rng.New(7, "test")))
		if err != nil {
			t.Fatal(err)
		}
		var e mat.Eigen
		if !e.Factorize(m.dense(), mat.EigenNone) {
			t.Fatal("no eigenvalues")
		}
		rho := 0.0
		for _, v := range e.Values(nil) {
			rho = max(rho, cmplx.Abs(v))
		}
		// Arnoldi's method ends with a residual of 1e-4 of the eigenvalue, or with the whole space.
		if math.Abs(rho-0.9) > 1e-3 {
			t.Errorf("%+v: the spectral radius is %v, want 0.9", c, rho)
		}
	}
}

// A reservoir of 1500 sparse units is beyond the whole Krylov space; power iteration on a positive matrix is an independent way to its radius.
func TestSpectralRadiusOfLargeMatrix(t *testing.T) {
	m, err := topology{1500, 3, true, "positive", 0.6}.new(t.Context(), rand.New(rng.New(7, "test")))
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float64, 1500), make([]float64, 1500)
	for i := range x {
		x[i] = 1
	}
	for range 500 {
		m.mul(y, x)
		unit(y)
		x, y = y, x
	}
	unit(x)
	m.mul(y, x)
	if rho := unit(y); math.Abs(rho-0.6) > 1e-4 {
		t.Errorf("power iteration finds %v, want 0.6", rho)
	}
}

func TestJacobianIsTheDerivative(t *testing.T) {
	for _, activation := range []string{"tanh", "linear", "relu"} {
		c := DefaultESN()
		c.Units, c.Degree, c.Leak, c.Activation = 20, 5, 0.4, activation
		m, err := c.New(2, 3)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rng.New(1, "x"))
		x, u := make([]float64, 20), []float64{0.3, -0.8}
		for i := range x {
			x[i] = r.NormFloat64()
		}
		j := make([]float64, 400)
		m.Jacobian(j, x, u)
		const h = 1e-6
		for k := range x {
			up, down := append([]float64{}, x...), append([]float64{}, x...)
			up[k] += h
			down[k] -= h
			m.Step(up, u)
			m.Step(down, u)
			for i := range x {
				if d := (up[i] - down[i]) / (2 * h); math.Abs(d-j[i*20+k]) > 1e-8 { // h^2 and epsilon/h
					t.Fatalf("%s: d x%d / d x%d is %v, the Jacobian says %v", activation, i, k, d, j[i*20+k])
				}
			}
		}
	}
}

// NG-RC on Lorenz's system, as the paper has it: 28 features, ridge 2.5e-6, 400 points of dt = 0.025.
func TestNextGenerationLorenz(t *testing.T) {
	d, err := datasets.Open("lorenz", map[string]string{"dt": "0.025", "length": "500", "seed": "3"})
	if err != nil {
		t.Fatal(err)
	}
	u, y := rows(d.Series[0].Values, 0, 402), rows(d.Series[0].Values, 1, 403)
	m, err := DefaultNGRC().New(3)
	if err != nil {
		t.Fatal(err)
	}
	if m.Features() != 28 {
		t.Errorf("%d features, the paper has 28", m.Features())
	}
	all := []int{0, 1, 2}
	n, err := NewNetwork(Options{Inputs: 3, Outputs: 3, Feed: all, Increment: true}, Part{Machine: m, In: all, Out: all})
	if err != nil {
		t.Fatal(err)
	}
	got, err := n.Fit(u, y, 2, 2.5e-6)
	if err != nil {
		t.Fatal(err)
	}
	// The paper's training error is 1.06e-4 of the spread; another start and method of integration leave a factor of two.
	if nrmse := math.Sqrt(got.MSE) / 8; nrmse > 3e-4 {
		t.Errorf("training error %v of the spread, want about 1e-4", nrmse)
	}
}

// rows lays columns out row by row.
func rows(columns [][]float64, from, to int) []float64 {
	var out []float64
	for t := from; t < to; t++ {
		for _, c := range columns {
			out = append(out, c[t])
		}
	}
	return out
}

// A memory of random numbers: the readout recalls the input of some steps ago.
func TestRecall(t *testing.T) {
	machines := map[string]func() (Machine, error){
		"esn": func() (Machine, error) { return DefaultESN().New(1, 1) },
		"cycle": func() (Machine, error) {
			c := DefaultESN()
			c.Weights, c.Input = "cycle", "bernoulli"
			return c.New(1, 1)
		},
		"one": func() (Machine, error) { c := DefaultESN(); c.Input = "one"; return c.New(1, 1) },
		"delay": func() (Machine, error) {
			c := DefaultDelay()
			c.Eta, c.Gamma, c.Theta, c.Exponent = 0.95, 0.02, 0.5, 1 // far from the pole
			return c.New(1, 1)
		},
		"mach-zehnder": func() (Machine, error) {
			c := DefaultDelay()
			c.Eta, c.Gamma, c.Nonlinearity, c.Theta, c.Phase = 0.9, 0.1, "mach-zehnder", 0.5, math.Pi/4-0.45 // steepest at the fixed point
			return c.New(1, 1)
		},
		"lsm": func() (Machine, error) { return DefaultLiquid().New(1, 1) },
		"deep": func() (Machine, error) {
			c := DefaultESN()
			c.Units = 100
			a, err := c.New(1, 1)
			if err != nil {
				return nil, err
			}
			b, err := c.New(100, 2)
			if err != nil {
				return nil, err
			}
			return Deep(a, b)
		},
		"ngrc": func() (Machine, error) { c := DefaultNGRC(); c.Delays = 6; return c.New(1) },
	}
	const length = 3000
	r := rand.New(rng.New(5, "inputs"))
	u, y := make([]float64, length), make([]float64, length)
	for i := range u {
		u[i] = 2*r.Float64() - 1
	}
	for name, make := range machines {
		delay := 3
		if name == "lsm" { // spikes reset what neurons remember
			delay = 1
		}
		for i := range y {
			if y[i] = math.NaN(); i >= delay {
				y[i] = u[i-delay]
			}
		}
		m, err := make()
		if err != nil {
			t.Fatal(err)
		}
		n, err := NewNetwork(Options{Inputs: 1, Outputs: 1, Intercept: name != "ngrc"}, Part{Machine: m, In: []int{0}, Out: []int{0}})
		if err != nil {
			t.Fatal(err)
		}
		if name == "delay" || name == "mach-zehnder" || name == "lsm" {
			n.o.Intercept = false
			if n, err = NewNetwork(n.o, n.parts[0].Part); err != nil {
				t.Fatal(err)
			}
		}
		got, err := n.Fit(u, y, 100, 1e-6)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		explained := 1 - got.MSE/(1.0/3)
		if explained < 0.5 {
			t.Errorf("%s explains %.3f of the input %d steps ago, want most of it", name, explained, delay)
		}
	}
}

// small is an untrained network on a short sine.
func small(t *testing.T, length int) (n *Network, u, y []float64) {
	t.Helper()
	return smallOf(t, DefaultESN(), length)
}

func smallOf(t *testing.T, c ESN, length int) (n *Network, u, y []float64) {
	t.Helper()
	m, err := c.New(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if n, err = NewNetwork(Options{Inputs: 1, Outputs: 1, Feed: []int{0}, Intercept: true, Bound: 100}, Part{Machine: m, In: []int{0}, Out: []int{0}}); err != nil {
		t.Fatal(err)
	}
	for i := range length {
		u = append(u, math.Sin(float64(i)/5))
		y = append(y, math.Sin(float64(i+1)/5))
	}
	return n, u, y
}

func TestClosedLoopDiverges(t *testing.T) {
	c := DefaultESN()
	c.Activation = "linear" // nothing bounds its outputs
	n, u, y := smallOf(t, c, 500)
	if _, err := n.Fit(u, y, 100, 1e-8); err != nil {
		t.Fatal(err)
	}
	run := func() ([]float64, error) {
		state, last := make([]float64, n.StateSize()), []float64{u[499]}
		n.Warm(state, u)
		out := make([]float64, 300)
		return out, n.Generate(out, state, last, nil)
	}
	out, err := run()
	if err != nil {
		t.Fatal(err)
	}
	for h, v := range out {
		if math.Abs(v-math.Sin(float64(500+h)/5)) > 1e-3 {
			t.Fatalf("step %d of a sine is %v", h, v)
		}
	}
	for i := range n.parts[0].readout.weights {
		n.parts[0].readout.weights[i] *= 3
	}
	_, err = run()
	var diverged *DivergedError
	if !errors.As(err, &diverged) || diverged.Step < 1 || !strings.Contains(err.Error(), "larger ridge") {
		t.Errorf("a loop that runs away: %v", err)
	}
}

// Learning in pieces, on a walk, gives the bits of learning at once; so does a state that was saved between.
func TestLearningInPieces(t *testing.T) {
	whole, u, y := small(t, 1500)
	want, err := whole.Fit(u, y, 100, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	n, _, _ := small(t, 1)
	w := n.NewWalk()
	for at := 0; at < 1500; {
		to := min(1500, at+37)
		if err := n.Learn(w, u[at:to], y[at:to], 100); err != nil {
			t.Fatal(err)
		}
		at = to
	}
	got, err := n.Solve(1e-6)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got[0].weights[0] {
		if v != want.weights[0][i] {
			t.Fatalf("weight %d is %v in pieces, %v at once", i, v, want.weights[0][i])
		}
	}
}

// Two parts that each give one half of the outputs are two networks.
func TestLocalPartsAndEnsembles(t *testing.T) {
	c := DefaultESN()
	c.Units, c.Degree = 50, 5
	parts, err := Local(c, 8, 4, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := parts[0].In; got[0] != 7 || got[3] != 2 {
		t.Errorf("the first group hears %v, want 7 0 1 2", got)
	}
	if _, err := Local(c, 8, 3, 1, 1); err == nil {
		t.Error("8 columns in 3 groups are taken")
	}
	if _, err := Local(c, 8, 4, 4, 1); err == nil {
		t.Error("an overlap beyond the ring is taken")
	}
	r := rand.New(rng.New(1, "field"))
	const length = 400
	u, y := make([]float64, 8*length), make([]float64, 8*length)
	for i := range u {
		u[i], y[i] = r.NormFloat64(), r.NormFloat64()
	}
	n, err := NewNetwork(Options{Inputs: 8, Outputs: 8}, parts...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Fit(u, y, 10, 1e-3); err != nil {
		t.Fatal(err)
	}
	one, err := NewNetwork(Options{Inputs: 8, Outputs: 2}, Part{Machine: parts[1].Machine.Fork(), In: parts[1].In, Out: []int{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	half := make([]float64, 2*length)
	for i := range length {
		copy(half[2*i:], y[8*i+2:8*i+4])
	}
	if _, err := one.Fit(u, half, 10, 1e-3); err != nil {
		t.Fatal(err)
	}
	s, all, some := n.NewWalk().State, make([]float64, 8), make([]float64, 2)
	n.Warm(s, u)
	n.Output(all, s, u[len(u)-8:])
	s = one.NewWalk().State
	one.Warm(s, u)
	one.Output(some, s, u[len(u)-8:])
	if all[2] != some[0] || all[3] != some[1] {
		t.Errorf("the second group gives %v, alone %v", all[2:4], some)
	}
}

// What Matrices returns, multiplied out, steps as the reservoir does, whichever way the inputs are heard.
func TestMatrices(t *testing.T) {
	for _, input := range []string{"uniform", "one"} {
		c := DefaultESN()
		c.Units, c.Input, c.Leak = 40, input, 0.3
		m, err := c.New(3, 5)
		if err != nil {
			t.Fatal(err)
		}
		w, win, bias := m.Matrices()
		state, u := make([]float64, 40), []float64{0.5, -1, 2}
		for i := range state {
			state[i] = math.Sin(float64(i))
		}
		var recurrent, driven mat.VecDense
		recurrent.MulVec(w, mat.NewVecDense(40, append([]float64(nil), state...)))
		driven.MulVec(win, mat.NewVecDense(3, u))
		want := make([]float64, 40)
		for i := range want {
			want[i] = 0.7*state[i] + 0.3*math.Tanh(recurrent.AtVec(i)+driven.AtVec(i)+bias[i])
		}
		m.Step(state, u)
		for i, v := range state {
			if math.Abs(v-want[i]) > 1e-14 {
				t.Errorf("%s: unit %d is %v, want %v", input, i, v, want[i])
			}
		}
	}
}

// With the delayed value interpolated, virtual nodes follow the delay equation to the second order in their distance, without to the first: cutting
// each node's time into m parts under the same mask tells.
func TestDelayLineSolvesItsEquation(t *testing.T) {
	run := func(m int, interpolated bool) []float64 {
		c := DefaultDelay()
		c.Nodes, c.Theta, c.Eta, c.Gamma, c.Exponent, c.Interpolated = 20*m, 0.4/float64(m), 0.8, 0.1, 1, interpolated
		d, err := c.New(1, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.mask {
			d.mask[i] = float64(i/m%3 - 1)
		}
		state, r := make([]float64, d.StateSize()), rand.New(rng.New(8, "delay equation"))
		for range 30 {
			d.Step(state, []float64{r.Float64()})
		}
		nodes := make([]float64, 20)
		for i := range nodes {
			nodes[i] = state[(i+1)*m-1]
		}
		return nodes
	}
	exact := run(64, true)
	for interpolated, want := range map[bool]float64{true: 2, false: 1} {
		off := func(m int) (sum float64) {
			for i, v := range run(m, interpolated) {
				sum += (v - exact[i]) * (v - exact[i])
			}
			return math.Sqrt(sum)
		}
		if order := math.Log2(off(2) / off(4)); math.Abs(order-want) > 0.3 {
			t.Errorf("interpolated %v: order %.2f, want %v", interpolated, order, want)
		}
	}
}

// What is left of a rest is forgotten: states that differ in counters which mean the same are one after a step. Between spikes small differences
// decay with the slowest time constant, which is why a spiking network tells so.
func TestSpikingStatesAreForgotten(t *testing.T) {
	c := DefaultLiquid()
	c.Neurons, c.Background, c.InputScale = 20, 0, 0 // none ever spikes
	m, err := c.New(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]float64, m.StateSize()), make([]float64, m.StateSize())
	for i := range a {
		a[i] = 0.01 * float64(i%7)
	}
	copy(b, a)
	for i := range c.Neurons {
		a[2*c.Neurons+i], b[2*c.Neurons+i] = 0, -0.5
	}
	b[0] += 1e-3
	m.Step(a, []float64{0})
	m.Step(b, []float64{0})
	want := 1e-3 * math.Exp(-float64(c.Substeps)/c.Membrane)
	for i := range a {
		diff := b[i] - a[i]
		if i == 0 {
			diff -= want
		}
		if math.Abs(diff) > 1e-15 {
			t.Errorf("number %d of the state differs by %v more than it should", i, diff)
		}
	}
	net, err := NewNetwork(Options{Inputs: 1, Outputs: 1}, Part{Machine: m, In: []int{0}, Out: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	if !net.Spikes() {
		t.Error("a network of spiking neurons does not say that it spikes")
	}
}
