package optimtest

import (
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"lenz/internal/rng"
)

// Problem is a function to minimize.
type Problem struct {
	Name    string
	Start   []float64
	Shapes  []tensor.Shape // of the parameters, in the order of the variables, row-major; nil: all but the last, and the last
	Minimum float64        // the least loss

	// Loss returns the loss at x without noise and writes the gradient of the given step into g, of x's length. Only
	// noisy problems look at the step.
	Loss func(x, g []float64, step uint64) float64
}

// Problems returns the tasks: convex and not, ill-conditioned, noisy, one of learning, and one of matrices.
func Problems() []Problem {
	return []Problem{Quadratic(), Rosenbrock(), Beale(), NoisyQuadratic(), Logistic(), Factors()}
}

// Quadratic is convex with condition number 1000: f = sum of lambda_i x_i^2 / 2, lambda from 0.01 to 10.
func Quadratic() Problem {
	const n = 6
	return Problem{
		Name: "quadratic", Start: []float64{1, -2, 0.5, -1, 2, -0.5},
		Loss: func(x, g []float64, _ uint64) float64 {
			f := 0.0
			for i := range x {
				lambda := 0.01 * math.Pow(1000, float64(i)/(n-1))
				f += lambda * x[i] * x[i] / 2
				g[i] = lambda * x[i]
			}
			return f
		},
	}
}

// Rosenbrock is the curved valley (Rosenbrock 1960) in two dimensions, from the usual start: f = 100 (y - x^2)^2 + (1 - x)^2.
func Rosenbrock() Problem {
	return Problem{
		Name: "rosenbrock", Start: []float64{-1.2, 1},
		Loss: func(x, g []float64, _ uint64) float64 {
			r, s := x[1]-x[0]*x[0], 1-x[0]
			g[0], g[1] = -400*x[0]*r-2*s, 200*r
			return 100*r*r + s*s
		},
	}
}

// Beale has flat shoulders and steep walls (Moré, Garbow & Hillstrom 1981, problem 5); minimum 0 at (3, 0.5).
func Beale() Problem {
	return Problem{
		Name: "beale", Start: []float64{1, 1},
		Loss: func(x, g []float64, _ uint64) float64 {
			f := 0.0
			g[0], g[1] = 0, 0
			for i, y := range []float64{1.5, 2.25, 2.625} {
				k := float64(i + 1)
				p := math.Pow(x[1], k)
				r := y - x[0]*(1-p)
				f += r * r
				g[0] -= 2 * r * (1 - p)
				g[1] += 2 * r * x[0] * k * math.Pow(x[1], k-1)
			}
			return f
		},
	}
}

// NoisyQuadratic is f = sum of lambda_i x_i^2 / 2, lambda from 0.1 to 1, whose gradient carries normal noise of standard
// deviation 0.1: the same noise for everyone, a function of the step.
func NoisyQuadratic() Problem {
	noise := rng.New(1, "optimtest/noise")
	return Problem{
		Name: "noisy", Start: []float64{2, -1, 1.5, -2},
		Loss: func(x, g []float64, step uint64) float64 {
			r := rand.New(noise.Split(step))
			f := 0.0
			for i := range x {
				lambda := 0.1 * math.Pow(10, float64(i)/3)
				f += lambda * x[i] * x[i] / 2
				g[i] = lambda*x[i] + 0.1*r.NormFloat64()
			}
			return f
		},
	}
}

// Logistic is a regression of 64 labels on three inputs of scales 1, 3 and 0.3 and a bias, with an l2 term of
// 0.01 |w|^2 / 2: f = mean of log(1 + exp(-y w.x)) + l2.
func Logistic() Problem {
	const n, d, l2 = 64, 4, 0.01
	r := rand.New(rng.New(2, "optimtest/logistic"))
	truth := [d]float64{1, -0.5, 3, 0.3}
	var in [n][d]float64
	var label [n]float64
	for i := range in {
		in[i] = [d]float64{r.NormFloat64(), 3 * r.NormFloat64(), 0.3 * r.NormFloat64(), 1}
		z := 0.0
		for j, w := range truth {
			z += w * in[i][j]
		}
		label[i] = 1
		if r.Float64() > 1/(1+math.Exp(-z)) {
			label[i] = -1
		}
	}
	return Problem{
		Name: "logistic", Start: make([]float64, d), Minimum: logisticMinimum,
		Loss: func(w, g []float64, _ uint64) float64 {
			f := 0.0
			for j := range g {
				g[j] = l2 * w[j]
				f += l2 * w[j] * w[j] / 2
			}
			for i, x := range in {
				z := 0.0
				for j := range w {
					z += w[j] * x[j]
				}
				m := label[i] * z
				f += softplus(-m) / n
				for j := range g {
					g[j] -= label[i] * x[j] / (1 + math.Exp(m)) / n
				}
			}
			return f
		},
	}
}

// Factors looks for matrices A [4, 3] and B [3, 5] and a vector b [5] with A B + b = M: f = |A B + b - M|^2 / 2, which is not
// convex. M is made of such factors, so that the minimum is 0.
func Factors() Problem {
	const n, k, m = 4, 3, 5
	// fixed numbers without a pattern that matters
	value := func(i int, scale float64) float64 { return scale * math.Sin(float64(1+3*i*i)) }
	start, truth := make([]float64, n*k+k*m+m), make([]float64, n*k+k*m+m)
	for i := range start {
		start[i], truth[i] = value(i, 0.5), value(i+100, 1)
	}
	product := func(x []float64, i, j int) float64 {
		a, b := x[:n*k], x[n*k:n*k+k*m]
		sum := x[n*k+k*m+j]
		for l := range k {
			sum += a[i*k+l] * b[l*m+j]
		}
		return sum
	}
	var target [n * m]float64
	for i := range target {
		target[i] = product(truth, i/m, i%m)
	}
	return Problem{
		Name: "factors", Start: start, Shapes: []tensor.Shape{{n, k}, {k, m}, {m}},
		Loss: func(x, g []float64, _ uint64) float64 {
			a, b := x[:n*k], x[n*k:n*k+k*m]
			clear(g)
			f := 0.0
			for i := range n {
				for j := range m {
					r := product(x, i, j) - target[i*m+j]
					f += r * r / 2
					for l := range k {
						g[i*k+l] += r * b[l*m+j]
						g[n*k+l*m+j] += r * a[i*k+l]
					}
					g[n*k+k*m+j] += r
				}
			}
			return f
		},
	}
}

// logisticMinimum was found by gradient descent; a test finds it again, and bounds its error.
const logisticMinimum = 0.56994792705892761

// softplus is log(1 + exp(z)) without overflow.
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }
