package baseline

import (
	"fmt"
	"math"
	"slices"

	"lenz/datasets"
	"lenz/graph/kernel"
	ridgesolver "lenz/models/ridge"
)

// choice is what validation decides, but for the penalty.
type choice struct {
	Lags     int
	Centered bool
}

// fit is a choice with its penalty and what came of it.
type fit struct {
	choice
	ridge, loss, condition float64
	validated              bool
	windows                int
}

// report describes the fit for people.
func (s *system) report() RidgeFit {
	f := RidgeFit{Lags: s.fit.Lags, Ridge: s.fit.ridge, Centered: s.fit.Centered, Criterion: "generalized cross-validation",
		Loss: s.fit.loss, Condition: s.fit.condition, Windows: s.fit.windows}
	if s.fit.validated {
		f.Criterion = "validation"
	}
	for _, from := range s.sources {
		for _, j := range from.targets {
			f.Targets = append(f.Targets, s.ridge.layout.Targets[j])
		}
	}
	return f
}

// features lists the features that a choice uses. Centred, a lag 0 is always zero and is left out.
func (s *system) features(c choice) []int {
	var used []int
	most := s.ridge.most
	lagged := len(s.sources[0].columns) * most
	for i := range s.inputs {
		if i < lagged && i%most >= c.Lags || c.Centered && s.base[i] == i {
			continue
		}
		used = append(used, i)
	}
	return used
}

// normal holds the sums of products about a mean that least squares needs.
type normal struct {
	mean []float64 // that the sums are about, [p + q]
	xx   []float64 // [p, p]
	xy   []float64 // [p, q]
	yy   []float64 // [q]
}

// baseOf returns the lag-0 feature that a choice subtracts from a column, -1 for none.
func (s *system) baseOf(c choice, column int) int {
	if !c.Centered {
		return -1
	}
	return s.base[column]
}

// product returns the sum of products of feature i and column j, from each of which the choice subtracts its base:
//
//	sum (x_i - x_bi)(x_j - x_bj) = sum x_i x_j - x_bi x_j - x_i x_bj + x_bi x_bj
func (s *system) product(m *moments, c choice, i, j int) float64 {
	gram := func(i, j int) float64 { return m.gram[min(i, j)*(s.inputs+s.responses)+max(i, j)] }
	v, bi, bj := gram(i, j), s.baseOf(c, i), s.baseOf(c, j)
	if bi >= 0 {
		v -= gram(bi, j)
	}
	if bj >= 0 {
		v -= gram(i, bj)
	}
	if bi >= 0 && bj >= 0 {
		v += gram(bi, bj)
	}
	return v
}

// square returns the sum of squares of a response, likewise.
func (s *system) square(m *moments, c choice, response int) float64 {
	v, width := m.square[response], s.inputs+s.responses
	if b := s.baseOf(c, s.inputs+response); b >= 0 {
		v += m.gram[b*width+b] - 2*m.gram[b*width+s.inputs+response]
	}
	return v
}

// normal takes the sums of the features of a choice out of those of all, about the mean, or about their own if it is nil.
func (s *system) normal(m *moments, c choice, used []int, mean []float64) normal {
	p, q := len(used), s.responses
	columns, sum := slices.Clone(used), make([]float64, p+q)
	for r := range q {
		columns = append(columns, s.inputs+r)
	}
	for a, column := range columns {
		sum[a] = m.sum[column]
		if b := s.baseOf(c, column); b >= 0 {
			sum[a] -= m.sum[b]
		}
	}
	if mean == nil {
		mean = make([]float64, p+q)
		for a := range mean {
			mean[a] = sum[a] / m.n
		}
	}
	// sum (u - mu)(v - mv) = sum u v - mu sum v - mv sum u + n mu mv
	about := func(v float64, a, b int) float64 {
		return v - mean[a]*sum[b] - mean[b]*sum[a] + m.n*mean[a]*mean[b]
	}
	out := normal{mean: mean, xx: make([]float64, p*p), xy: make([]float64, p*q), yy: make([]float64, q)}
	for a, i := range used {
		for b := a; b < p; b++ {
			v := about(s.product(m, c, i, used[b]), a, b)
			out.xx[a*p+b], out.xx[b*p+a] = v, v
		}
		for r := range q {
			out.xy[a*q+r] = about(s.product(m, c, i, s.inputs+r), a, p+r)
		}
	}
	for r := range q {
		out.yy[r] = about(s.square(m, c, r), p+r, p+r)
	}
	return out
}

// squaredError returns the sum of squared errors of the weights, over rows and responses.
func (n normal) squaredError(weights []float64) float64 {
	q := len(n.yy)
	p := len(n.xy) / q
	xw := make([]float64, p*q)
	if p > 0 {
		kernel.GemmParallel(false, false, p, q, p, 1, n.xx, p, weights, q, 0, xw, q)
	}
	sum := 0.0
	for _, v := range n.yy {
		sum += v
	}
	for i, w := range weights {
		sum += w * (xw[i] - 2*n.xy[i])
	}
	return sum
}

// choices lists what there is to choose from.
func (s *system) choices() []choice {
	var list []choice
	center := s.ridge.config.Center
	// A target that is no input has no last value to subtract.
	possible := slices.Max(s.base[s.inputs:]) >= 0
	for _, lags := range s.ridge.config.Lags {
		if center != "yes" {
			list = append(list, choice{lags, false})
		}
		if center == "yes" || center == "auto" && possible {
			list = append(list, choice{lags, true})
		}
	}
	return list
}

// solve tries all choices and keeps the best.
func (s *system) solve() error {
	name := s.ridge.layout.Targets[s.sources[0].targets[0]]
	for _, m := range s.moments {
		if m != nil && len(m.rows) > 0 {
			m.flush(s.inputs, s.responses)
		}
	}
	train, valid := s.moments[datasets.Train], s.moments[datasets.Valid]
	if train == nil || train.n < 2 {
		return fmt.Errorf("baseline: ridge of %s has fewer than 2 training windows: accumulate the training part first, or use a smaller input or horizon", name)
	}
	if valid != nil && valid.n == 0 {
		valid = nil
	}
	best := fit{loss: math.Inf(1)}
	for _, c := range s.choices() {
		used := s.features(c)
		at := s.normal(train, c, used, nil)
		judge := at
		if valid != nil {
			judge = s.normal(valid, c, used, at.mean)
		}
		for _, ridge := range s.ridge.config.Ridge {
			weights, condition, freedom, ok := at.solve(ridge, valid == nil)
			if !ok {
				continue // no positive definite system to the last digit: a larger ridge will do
			}
			loss := judge.squaredError(weights) / float64(s.responses)
			if valid != nil {
				loss /= valid.n
			} else {
				// GCV = (RSS/n) / (1 - df/n)^2, with the intercept among the degrees of freedom
				left := max(1-(freedom+1)/train.n, 0)
				loss /= train.n * left * left
			}
			if loss < best.loss {
				best = fit{choice: c, ridge: ridge, loss: loss, condition: condition, validated: valid != nil, windows: int(train.n)}
				s.weights = weights
				s.setIntercept(at, c, used, weights)
			}
		}
	}
	if math.IsInf(best.loss, 1) {
		return fmt.Errorf("baseline: ridge of %s: no penalty of %v gives a system that can be solved: use larger ones, and check that the inputs are finite",
			name, s.ridge.config.Ridge)
	}
	s.fit = best
	return nil
}

// solve returns the weights (X'X + ridge I)^-1 X'Y, [p, q], the condition number of the system, and, if asked for, the
// degrees of freedom tr(X (X'X + ridge I)^-1 X') = p - ridge tr (X'X + ridge I)^-1.
func (n normal) solve(ridge float64, count bool) (weights []float64, condition, freedom float64, ok bool) {
	q := len(n.yy)
	p := len(n.xy) / q
	if p == 0 {
		return nil, 1, 0, true
	}
	factor, err := ridgesolver.NewFactor(n.xx, p, ridge, make([]float64, p*p))
	if err != nil {
		return nil, 0, 0, false
	}
	weights = slices.Clone(n.xy)
	factor.Solve(weights, q)
	if count {
		freedom = float64(p) - ridge*factor.TraceInverse()
	}
	return weights, factor.Condition, freedom, true
}

// setIntercept sets b = mean y - w . mean x, in the units before the shift.
func (s *system) setIntercept(n normal, c choice, used []int, weights []float64) {
	p, q := len(used), s.responses
	unshifted := func(a, column int) float64 {
		if c.Centered && s.base[column] >= 0 {
			return n.mean[a]
		}
		return n.mean[a] + s.shift[column]
	}
	s.intercept = make([]float64, q)
	for r := range q {
		s.intercept[r] = unshifted(p+r, s.inputs+r)
	}
	for a, i := range used {
		x := unshifted(a, i)
		for r := range q {
			s.intercept[r] -= weights[a*q+r] * x
		}
	}
}
