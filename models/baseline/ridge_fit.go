package baseline

import (
	"slices"

	"lenz/datasets"
	"lenz/graph/kernel"
)

// RidgeFit says what a fit chose.
type RidgeFit struct {
	Targets   []string `json:"targets"` // the targets that the weights serve
	Lags      int      `json:"lags"`
	Ridge     float64  `json:"ridge"`
	Centered  bool     `json:"centered"`
	Criterion string   `json:"criterion"` // "validation" or "generalized cross-validation"
	Loss      float64  `json:"loss"`      // the criterion: mean squared error in scaled units
	Condition float64  `json:"condition"` // estimated condition number of the system that was solved (1-norm)
	Windows   int      `json:"windows"`   // training windows, times the targets that share the weights
}

// Fits tells what was chosen, for each target or for all that share weights; nil before Solve.
func (r *Ridge) Fits() []RidgeFit {
	var list []RidgeFit
	for _, s := range r.systems {
		if !s.fitted() {
			return nil
		}
		list = append(list, s.report())
	}
	return list
}

// Weights returns the weights of a target, [features, H], and the intercepts, [H], nil before Solve. Features
// are the lags, the most recent first (without lag 0 when centred), column by column with Covariates, then the known
// covariates at the steps, step by step.
func (r *Ridge) Weights(target int) (weights datasets.Array, intercept []float64) {
	horizon := r.layout.Horizon
	for _, s := range r.systems {
		for _, from := range s.sources {
			i := slices.Index(from.targets, target)
			if i < 0 || !s.fitted() {
				continue
			}
			p := len(s.weights) / s.responses // features of the choice
			weights = datasets.NewArray(p, horizon)
			for f := range p {
				copy(weights.Data[f*horizon:][:horizon], s.weights[f*s.responses+i*horizon:])
			}
			return weights, slices.Clone(s.intercept[i*horizon:][:horizon])
		}
	}
	return datasets.Array{}, nil
}

// Parameters returns the number of weights and intercepts, 0 before Solve.
func (r *Ridge) Parameters() int {
	n := 0
	for _, s := range r.systems {
		n += len(s.weights) + len(s.intercept)
	}
	return n
}

// predict writes the forecasts of the system's targets into mean.
func (s *system) predict(mean datasets.Array, b datasets.Batch) {
	used := s.features(s.fit.choice)
	p, q, horizon := len(used), s.responses, s.ridge.layout.Horizon
	x, y := make([]float64, b.B*p), make([]float64, b.B*q)
	row := make([]float64, s.inputs)
	for _, from := range s.sources {
		for k := range b.B {
			s.inputRow(row, b, k, from)
			for i, f := range used {
				x[k*p+i] = row[f] - s.baseValue(row, f)
			}
			copy(y[k*q:], s.intercept)
		}
		kernel.GemmParallel(false, false, b.B, q, p, 1, x, max(1, p), s.weights, q, 1, y, q)
		targets := mean.Shape[2]
		for k := range b.B {
			s.inputRow(row, b, k, from)
			for i, j := range from.targets {
				base := 0.0
				if at := s.base[s.inputs+i*horizon]; s.fit.Centered && at >= 0 {
					base = row[at]
				}
				for h := range horizon {
					mean.Data[(h*b.B+k)*targets+j] = y[k*q+i*horizon+h] + base
				}
			}
		}
	}
}

// baseValue returns what centring subtracts from feature f of a row.
func (s *system) baseValue(row []float64, f int) float64 {
	if !s.fit.Centered || s.base[f] < 0 {
		return 0
	}
	return row[s.base[f]]
}
