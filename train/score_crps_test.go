package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lenz/datasets"
)

// gaussianCRPSRatio scores quantiles of N(3, 2) at the levels over many truths drawn from it, and divides by the mean of the
// closed form at the same truths.
func gaussianCRPSRatio(t *testing.T, levels ...float64) float64 {
	t.Helper()
	const n, mean, sd = 20000, 3, 2
	draws := rand.New(rand.NewPCG(1, 2))
	y, f := datasets.NewArray(1, n, 1), datasets.NewArray(1, n, 1)
	q := datasets.NewArray(len(levels), 1, n, 1)
	exact := 0.0
	for k := range n {
		y.Data[k], f.Data[k] = mean+sd*draws.NormFloat64(), mean
		exact += GaussianCRPS(y.Data[k], mean, sd) / n
		for i, level := range levels {
			q.Data[i*n+k] = mean + sd*math.Sqrt2*math.Erfinv(2*level-1)
		}
	}
	s := added(t, ScoreSpec{Layout: layout(1, "y")}, datasets.Batch{B: n, Y: y}, datasets.Prediction{Mean: f, Levels: levels, Quantiles: q})
	return s.Scores().Value("crps") / exact
}

func TestCRPSOfUnevenLevelsIsNearTheClosedForm(t *testing.T) {
	five := gaussianCRPSRatio(t, 0.025, 0.1, 0.5, 0.9, 0.975)
	if five < 0.87 || five > 0.9 {
		t.Errorf("five levels give %.4f of CRPS, want 0.88", five)
	}
	// The median of the point forecast is as good as one among the levels.
	if four := gaussianCRPSRatio(t, 0.025, 0.1, 0.9, 0.975); math.Abs(four-five) > 1e-12 {
		t.Errorf("four levels and the point forecast give %v of CRPS, five levels %v", four, five)
	}
	var even []float64
	for i := range 99 {
		even = append(even, float64(i+1)/100)
	}
	if many := gaussianCRPSRatio(t, even...); math.Abs(many-1) > 0.01 {
		t.Errorf("99 levels give %.4f of CRPS, want 1 within 1 %%", many)
	}
}

func TestWeightsOfLevelsInCRPS(t *testing.T) {
	for _, c := range []struct {
		levels, of []float64
		point      float64
	}{
		{[]float64{0.5}, []float64{2}, 0}, // a point forecast: the absolute error
		{[]float64{0.1, 0.9}, []float64{0.5, 0.5}, 0.8},
		{[]float64{0.9}, []float64{0.5}, 0.9},
		{[]float64{0.2}, []float64{0.5}, 0.8},
		{[]float64{0.1, 0.5, 0.9}, []float64{0.5, 0.8, 0.5}, 0},
		{[]float64{0.025, 0.1, 0.9, 0.975}, []float64{0.1, 0.475, 0.475, 0.1}, 0.8},
	} {
		r := newQuantileCRPS(c.levels)
		if d := cmp.Diff(append(c.of, c.point), append(r.of, r.point), cmpopts.EquateApprox(0, 1e-12)); d != "" {
			t.Errorf("levels %v, weights and that of the point (-want +got):\n%s", c.levels, d)
		}
	}
}
