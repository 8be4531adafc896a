package spin

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// The critical temperatures of ferromagnets with J = 1 on infinite lattices.
var (
	SquareTc     = 2 / math.Log(1+math.Sqrt2)   // 2.269185 (Kramers and Wannier 1941, Onsager 1944)
	TriangularTc = 4 / math.Log(3)              // 3.640957 (Houtappel 1950)
	HoneycombTc  = 2 / math.Log(2+math.Sqrt(3)) // 1.518651 (Houtappel 1950)
)

// SquareEnergy is the energy per spin of the infinite square lattice with J = 1 (Onsager 1944), -sqrt(2) at T_c:
//
//	u = -coth(2K) [1 + (2/pi) (2 tanh^2(2K) - 1) K(k)],  k = 2 sinh(2K)/cosh^2(2K),  K = 1/T
func SquareEnergy(temperature float64) float64 {
	k := 1 / temperature
	th := math.Tanh(2 * k)
	factor := 2*th*th - 1
	if math.Abs(factor) < 1e-12 { // K(1) diverges more slowly than the factor vanishes
		return -1 / th
	}
	// k'^2 = 1 - k^2 = (2 tanh^2 - 1)^2; K(k) = pi/(2 agm(1, k')).
	return -1 / th * (1 + factor/agm(1, math.Abs(factor)))
}

// agm is the arithmetic-geometric mean.
func agm(a, b float64) float64 {
	for math.Abs(a-b) > 1e-15*a {
		a, b = (a+b)/2, math.Sqrt(a*b)
	}
	return a
}

// SquareMagnetization is the spontaneous magnetization of the infinite square lattice with J = 1 (Yang 1952):
// (1 - sinh(2/T)^-4)^(1/8) below T_c, 0 above.
func SquareMagnetization(temperature float64) float64 {
	if temperature >= SquareTc {
		return 0
	}
	return math.Pow(1-math.Pow(math.Sinh(2/temperature), -4), 1.0/8)
}

// SquareFreeEnergy is ln Z per spin of the infinite square lattice with J = 1 (Onsager 1944):
//
//	ln 2/2 + (1/2pi) int_0^pi ln[cosh^2(2K) + sqrt(sinh^4(2K) + 1 - 2 sinh^2(2K) cos(2 theta))] dtheta
func SquareFreeEnergy(temperature float64) float64 {
	k := 1 / temperature
	s, c := math.Sinh(2*k), math.Cosh(2*k)
	f := func(theta float64) float64 {
		return math.Log(c*c + math.Sqrt(math.Max(0, s*s*s*s+1-2*s*s*math.Cos(2*theta))))
	}
	return math.Ln2/2 + quad.Fixed(f, 0, math.Pi, 2000, nil, 0)/(2*math.Pi)
}

// TorusLogZ is ln Z of the periodic square lattice of n times m sites with J = 1 (Kaufman 1949, equation 69).
func TorusLogZ(n, m int, temperature float64) float64 {
	k := 1 / temperature
	gamma := make([]float64, 2*n)
	gamma[0] = 2*k + math.Log(math.Tanh(k)) // negative above T_c
	for l := 1; l < 2*n; l++ {
		x := math.Cosh(2*k)*math.Cosh(2*k)/math.Sinh(2*k) - math.Cos(math.Pi*float64(l)/float64(n))
		gamma[l] = math.Acosh(x)
	}
	half := float64(m) / 2
	logs := [4]float64{}
	sign := 1.0
	for r := range n {
		for odd := range 2 {
			x := half * gamma[2*r+1-odd]
			logs[odd] += logTwoCosh(x)
			v, negative := logTwoSinh(x)
			logs[2+odd] += v
			if negative {
				sign = -sign
			}
		}
	}
	top := math.Max(math.Max(logs[0], logs[1]), math.Max(logs[2], logs[3]))
	sum := math.Exp(logs[0]-top) + math.Exp(logs[1]-top) + math.Exp(logs[2]-top) + sign*math.Exp(logs[3]-top)
	return -math.Ln2 + float64(n*m)/2*math.Log(2*math.Sinh(2*k)) + top + math.Log(sum)
}

func logTwoCosh(x float64) float64 { x = math.Abs(x); return x + math.Log1p(math.Exp(-2*x)) }

func logTwoSinh(x float64) (log float64, negative bool) {
	a := math.Abs(x)
	if a == 0 {
		return math.Inf(-1), false
	}
	return a + math.Log1p(-math.Exp(-2*a)), x < 0
}

// TorusEnergy is the energy per spin of the periodic square lattice of n times n sites with J = 1: -d ln Z/d beta by central
// differences, right to about eight digits.
func TorusEnergy(n int, temperature float64) float64 {
	beta, h := 1/temperature, 1e-4
	d := func(h float64) float64 { return (TorusLogZ(n, n, 1/(beta+h)) - TorusLogZ(n, n, 1/(beta-h))) / (2 * h) }
	return -(4*d(h) - d(2*h)) / 3 / float64(n*n)
}

// ChainMoments are exact averages of the periodic chain of n spins in a field, by its transfer matrix (Ising 1925). LogZ is that of
// the whole chain; moments of m beyond the first are left at 0.
func ChainMoments(n int, j, field, temperature float64) Moments {
	logZ := func(j, h float64) float64 { return chainLogZ(n, j, h) }
	beta := 1 / temperature
	b, h := beta*j, beta*field
	// u = -(d ln Z/d beta)/N along (j, h); m = (d ln Z/d (beta h))/N.
	eps := 1e-5
	along := func(e float64) float64 { return logZ(b*(1+e), h*(1+e)) }
	first := (along(eps) - along(-eps)) / (2 * eps)
	out := Moments{LogZ: logZ(b, h), Energy: -first * temperature / float64(n)}
	out.M = (logZ(b, h+eps) - logZ(b, h-eps)) / (2 * eps) / float64(n)
	return out
}

// chainLogZ is ln(l+^n + l-^n) with l+- = e^K cosh h +- sqrt(e^2K sinh^2 h + e^-2K).
func chainLogZ(n int, k, h float64) float64 {
	root := math.Sqrt(math.Exp(2*k)*math.Sinh(h)*math.Sinh(h) + math.Exp(-2*k))
	up, down := math.Exp(k)*math.Cosh(h)+root, math.Exp(k)*math.Cosh(h)-root
	return float64(n)*math.Log(up) + math.Log1p(math.Pow(down/up, float64(n)))
}
