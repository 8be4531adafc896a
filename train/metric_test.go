package train

import (
	"math"
	"testing"
)

func TestPinballLossByHand(t *testing.T) {
	for _, c := range []struct{ y, q, level, want float64 }{
		{10, 8, 0.9, 1.8}, // under the truth: 0.9 * 2
		{8, 10, 0.9, 0.2}, // over it: 0.1 * 2
		{5, 5, 0.3, 0},
		{1, 4, 0.5, 1.5}, // half the absolute error
	} {
		if got := PinballLoss(c.y, c.q, c.level); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("y %v, quantile %v at %v: %v, want %v", c.y, c.q, c.level, got, c.want)
		}
	}
}

// TestGaussianCRPSIsItsIntegral compares the closed form with the definition, the integral of (F(x) - 1[x >= y])^2, by
// the midpoint rule, whose error is of the order of the squared step.
func TestGaussianCRPSIsItsIntegral(t *testing.T) {
	const mean, sd = 1.5, 0.7
	for _, y := range []float64{1.5, 2.5, -1, 6} {
		const step = 1e-3
		sum := 0.0
		for x := -10.0 + step/2; x < 15; x += step {
			f := 0.5 * math.Erfc(-(x-mean)/sd/math.Sqrt2)
			if x >= y {
				f--
			}
			sum += f * f * step
		}
		if got := GaussianCRPS(y, mean, sd); math.Abs(got-sum) > 1e-4 {
			t.Errorf("y %v: %v, the integral is %v", y, got, sum)
		}
	}
	// At the mean it is sd (sqrt 2 - 1)/sqrt pi.
	if got, want := GaussianCRPS(0, 0, 2), 2*(math.Sqrt2-1)/math.Sqrt(math.Pi); math.Abs(got-want) > 1e-15 {
		t.Errorf("at the mean: %v, want %v", got, want)
	}
	if got := GaussianCRPS(3, 1, 0); got != 2 {
		t.Errorf("a point mass: %v, want the absolute error 2", got)
	}
}

func TestSymmetricErrorByHand(t *testing.T) {
	for _, c := range []struct{ y, f, want float64 }{
		{100, 50, 200. / 3}, {50, 100, 200. / 3}, {0, 0, 0}, {0, 1, 200}, {-1, 1, 200}, {-2, -2, 0},
	} {
		if got := SymmetricError(c.y, c.f); math.Abs(got-c.want) > 1e-13 {
			t.Errorf("truth %v, forecast %v: %v, want %v", c.y, c.f, got, c.want)
		}
	}
}
