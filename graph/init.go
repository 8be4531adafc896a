package graph

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// An Init draws the initial values of a parameter. A weight is [fan out, fan in], as in PyTorch; further dimensions
// count to the fan in.
type Init func(r *rand.Rand, shape tensor.Shape, dst []float64)

// Zeros sets every value to 0.
func Zeros() Init { return Constant(0) }

// Constant sets every value to v.
func Constant(v float64) Init {
	return func(_ *rand.Rand, _ tensor.Shape, dst []float64) {
		for i := range dst {
			dst[i] = v
		}
	}
}

// Uniform draws from U(-bound, bound).
func Uniform(bound float64) Init {
	return func(r *rand.Rand, _ tensor.Shape, dst []float64) { uniform(r, bound, dst) }
}

// Normal draws from N(0, sd^2).
func Normal(sd float64) Init {
	return func(r *rand.Rand, _ tensor.Shape, dst []float64) { normal(r, sd, dst) }
}

// GlorotUniform draws from U(-b, b), b = sqrt(6 / (fan in + fan out)) (Glorot, Bengio 2010, eq. 16).
func GlorotUniform() Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		in, out := fans(shape)
		uniform(r, math.Sqrt(6/(in+out)), dst)
	}
}

// GlorotNormal draws from N(0, 2 / (fan in + fan out)) (Glorot, Bengio 2010, eq. 12).
func GlorotNormal() Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		in, out := fans(shape)
		normal(r, math.Sqrt(2/(in+out)), dst)
	}
}

// HeUniform draws from U(-b, b), b = sqrt(6 / fan in), for layers before a ReLU (He et al. 2015).
func HeUniform() Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		in, _ := fans(shape)
		uniform(r, math.Sqrt(6/in), dst)
	}
}

// HeNormal draws from N(0, 2 / fan in), for layers before a ReLU (He et al. 2015, eq. 10).
func HeNormal() Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		in, _ := fans(shape)
		normal(r, math.Sqrt(2/in), dst)
	}
}

// TorchUniform draws from U(-b, b), b = 1 / sqrt(fan): PyTorch's default for Linear (fan = inputs, for weight and
// bias) and for RNN, LSTM and GRU (fan = hidden, for everything).
func TorchUniform(fan int) Init { return Uniform(1 / math.Sqrt(float64(fan))) }

// Orthogonal draws a matrix with orthonormal rows or columns, whichever are fewer, times gain, uniformly (Saxe,
// McClelland, Ganguli 2014): the Q of a Gaussian matrix, its signs fixed by R's diagonal.
func Orthogonal(gain float64) Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		rows := shape[0]
		cols := len(dst) / rows
		long, short := max(rows, cols), min(rows, cols)
		g := mat.NewDense(long, short, nil)
		for i := range long {
			for j := range short {
				g.Set(i, j, r.NormFloat64())
			}
		}
		var qr mat.QR
		qr.Factorize(g)
		var q, rr mat.Dense
		qr.QTo(&q)
		qr.RTo(&rr)
		for i := range rows {
			for j := range cols {
				a, b := i, j
				if rows < cols {
					a, b = j, i
				}
				dst[i*cols+j] = gain * q.At(a, b) * math.Copysign(1, rr.At(b, b))
			}
		}
	}
}

// PerGate cuts the first dimension in n equal blocks, such as the four gates of an LSTM's [4H, I], and draws each
// by itself.
func PerGate(n int, init Init) Init {
	return func(r *rand.Rand, shape tensor.Shape, dst []float64) {
		block := shape.Clone()
		block[0] /= n
		size := len(dst) / n
		for i := range n {
			init(r, block, dst[i*size:(i+1)*size])
		}
	}
}

func fans(shape tensor.Shape) (in, out float64) {
	out = float64(shape[0])
	in = float64(shape.TotalSize()) / out
	return in, out
}

func uniform(r *rand.Rand, bound float64, dst []float64) {
	for i := range dst {
		dst[i] = bound * (2*r.Float64() - 1)
	}
}

func normal(r *rand.Rand, sd float64, dst []float64) {
	for i := range dst {
		dst[i] = sd * r.NormFloat64()
	}
}
