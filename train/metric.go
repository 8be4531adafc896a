package train

import "math"

// PinballLoss returns the loss of the forecast q of the quantile at the level, for the truth y:
//
//	level (y - q) if y >= q, (1 - level) (q - y) otherwise
//
// It is in the units of y, and its mean is least for the true quantile (Koenker & Bassett 1978).
func PinballLoss(y, q, level float64) float64 {
	if y >= q {
		return level * (y - q)
	}
	return (1 - level) * (q - y)
}

// GaussianCRPS returns the continuous ranked probability score of a normal forecast for the truth y, in the units of y
// (Gneiting & Raftery 2007, equation 21, negated so that less is better): with z = (y - mean)/sd,
//
//	sd [z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)]
//
// With sd = 0 it is the absolute error.
func GaussianCRPS(y, mean, sd float64) float64 {
	if sd == 0 {
		return math.Abs(y - mean)
	}
	z := (y - mean) / sd
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return sd * (z*math.Erf(z/math.Sqrt2) + 2*density - 1/math.Sqrt(math.Pi))
}

// SymmetricError returns Makridakis's symmetric absolute percentage error, 200 |y - f| / (|y| + |f|), between 0 and 200;
// 0 where both are 0 (M4 competition, Makridakis, Spiliotis & Assimakopoulos 2020).
func SymmetricError(y, f float64) float64 {
	sum := math.Abs(y) + math.Abs(f)
	if sum == 0 {
		return 0
	}
	return 200 * math.Abs(y-f) / sum
}
