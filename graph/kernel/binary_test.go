package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"lenz/internal/rng"
)

// binaryProblem is B [m, k] as zeros and ones, op(X) [k, n], and a row to start from.
type binaryProblem struct {
	m, k, n     int
	bits, start []float32
	x           []float32 // [k, n], or [n, k] if transposed
}

func newBinaryProblem(m, k, n int) binaryProblem {
	r := rng.NewFast(rng.New(uint64(m*1000003+k*1009+n), "binary"))
	p := binaryProblem{m: m, k: k, n: n, bits: make([]float32, m*k), start: make([]float32, n), x: make([]float32, k*n)}
	for i := range p.bits {
		if r.Float64() < 0.4 {
			p.bits[i] = 1
		}
	}
	for _, s := range [][]float32{p.start, p.x} {
		for i := range s {
			s[i] = float32(r.Float64() - 0.5)
		}
	}
	return p
}

// exact is element (i, j) of start + B op(X), and the sum of the magnitudes of what is added.
func (p binaryProblem) exact(i, j int, start, tX bool) (sum, size float64) {
	if start {
		sum = float64(p.start[j])
		size = math.Abs(sum)
	}
	for l := range p.k {
		at := l*p.n + j
		if tX {
			at = j*p.k + l
		}
		term := float64(p.bits[i*p.k+l]) * float64(p.x[at])
		sum += term
		size += math.Abs(term)
	}
	return sum, size
}

var binarySizes = [][3]int{{48, 32, 32}, {48, 32, 64}, {50, 33, 65}, {100, 200, 131}, {200, 784, 100}, {513, 40, 64}, {1025, 57, 37}, {64, 39, 96}}

// All forms of the product agree with sums in float64, and have the same bits on every instruction set.
func TestBinaryProduct(t *testing.T) {
	for _, size := range binarySizes {
		p := newBinaryProblem(size[0], size[1], size[2])
		for form := range 16 {
			start, tA, tB, tC := form&1 > 0, form&2 > 0, form&4 > 0, form&8 > 0
			name := fmt.Sprintf("%v start=%v tA=%v tB=%v tC=%v", size, start, tA, tB, tC)
			var first []float32
			onEach(t, func(t *testing.T) {
				got := p.multiply(t, start, tA, tB, tC)
				if first == nil {
					first = got
					p.check(t, name, got, start, tB, tC)
				}
				checkSameBits(t, name, [][]float32{got}, [][]float32{first})
			})
		}
	}
}

func (p binaryProblem) multiply(t *testing.T, start, tA, tB, tC bool) []float32 {
	t.Helper()
	a, lda, ldb, ldc, first := p.bits, p.k, p.n, p.n, []float32(nil)
	if tA {
		a, lda = make([]float32, len(p.bits)), p.m
		transpose(a, p.m, p.bits, p.k, p.m, p.k)
	}
	if tB {
		ldb = p.k
	}
	if tC {
		ldc = p.m
	}
	if start {
		first = p.start
	}
	c := make([]float32, p.m*p.n)
	for i := range c {
		c[i] = float32(math.NaN())
	}
	if !GemmBinary(tA, tB, tC, p.m, p.n, p.k, a, lda, p.x, ldb, first, c, ldc) {
		t.Fatal("zeros and ones were not taken")
	}
	return c
}

func (p binaryProblem) check(t *testing.T, name string, c []float32, start, tX, tC bool) {
	t.Helper()
	for i := range p.m {
		for j := range p.n {
			got := c[min(i*p.n+j, len(c)-1)]
			if tC {
				got = c[j*p.m+i]
			}
			// Each term takes part in at most log2(4) + 8 + k/32 + 1 additions of half a unit in the last place.
			want, size := p.exact(i, j, start, tX)
			if bound := size * (11 + float64(p.k)/32) * 0x1p-24; !(math.Abs(float64(got)-want) <= bound) {
				t.Fatalf("%s: element (%d, %d) is %v, want %v +- %.2g", name, i, j, got, want, bound)
			}
		}
	}
}

// Bits do not depend on the number of processors, and memory is reused.
func TestBinaryProductRepeats(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	p := newBinaryProblem(700, 300, 200)
	var first []float32
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		got := p.multiply(t, true, true, true, false)
		if first == nil {
			first = got
		}
		checkSameBits(t, fmt.Sprint(procs, " processors"), [][]float32{got}, [][]float32{first})
	}
}

// Whatever is neither 0 nor 1 is found, wherever it stands, and C stays as it is; a negative zero is a zero.
func TestBinaryProductRefusesOtherNumbers(t *testing.T) {
	const m, n, k = 64, 33, 77
	b, c, untouched := make([]float32, k*n), make([]float32, m*n), make([]float32, m*n)
	b[0] = 5
	taken := func(a []float32, tA bool) bool {
		lda := k
		if tA {
			lda = m
		}
		return GemmBinary(tA, false, false, m, n, k, a, lda, b, n, nil, c, n)
	}
	onEach(t, func(t *testing.T) {
		for _, v := range []float32{2, -1, 0.5, math.Float32frombits(math.Float32bits(1) - 1), math.Float32frombits(math.Float32bits(1) + 1), 1e-40, -1e-40,
			math.MaxFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())} {
			for at := 0; at < m*k; at += 61 {
				a := make([]float32, m*k)
				a[at] = v
				if taken(a, false) || taken(a, true) || !slices.Equal(c, untouched) {
					t.Fatalf("%v at %d was taken for a bit", v, at)
				}
			}
		}
	})
	for _, tA := range []bool{false, true} {
		a := make([]float32, m*k)
		a[0] = float32(math.Copysign(0, -1))
		if !taken(a, tA) || c[0] != 0 {
			t.Errorf("tA=%v: a negative zero gives %v, want 0", tA, c[0])
		}
		a[0] = 1
		if !taken(a, tA) || c[0] != 5 {
			t.Errorf("tA=%v: 1 times 5 is %v", tA, c[0])
		}
	}
}

// What cannot be faster is left to Gemm.
func TestBinaryProductLeavesSmallOnes(t *testing.T) {
	ones := make([]float32, 48*32)
	for _, s := range [][3]int{{47, 32, 32}, {48, 31, 32}, {48, 32, 31}} {
		if m, n, k := s[0], s[1], s[2]; GemmBinary(false, false, false, m, n, k, ones, k, ones, n, nil, ones, n) {
			t.Errorf("m, n, k = %v was taken", s)
		}
	}
	double := make([]float64, 48*32)
	if GemmBinary(false, false, false, 48, 32, 32, double, 32, double, 32, nil, double, 32) {
		t.Error("float64 was taken")
	}
}

func TestBinaryProductPanicsOnWrongSizes(t *testing.T) {
	p := newBinaryProblem(64, 40, 20)
	c := make([]float32, p.m*p.n)
	for name, f := range map[string]func(){
		"A":     func() { GemmBinary(false, false, false, p.m, p.n, p.k, p.bits[1:], p.k, p.x, p.n, p.start, c, p.n) },
		"B":     func() { GemmBinary(false, false, false, p.m, p.n, p.k, p.bits, p.k, p.x[1:], p.n, p.start, c, p.n) },
		"start": func() { GemmBinary(false, false, false, p.m, p.n, p.k, p.bits, p.k, p.x, p.n, p.start[1:], c, p.n) },
		"C":     func() { GemmBinary(false, false, true, p.m, p.n, p.k, p.bits, p.k, p.x, p.n, p.start, c, p.n) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: wrong sizes were taken", name)
				}
			}()
			f()
		}()
	}
}

// The three products of a step of an RBM with 784 visible and 256 hidden units, by tables and by tiles.
func BenchmarkBinaryProduct(b *testing.B) {
	for _, c := range []struct {
		name       string
		m, n, k    int
		tA, tB, tC bool
	}{{"up", 200, 256, 784, false, true, false}, {"down", 100, 784, 256, false, false, false}, {"gradient", 784, 256, 200, true, false, true}, {"small", 48, 64, 64, false, true, false}} {
		p := newBinaryProblem(c.m, c.k, c.n)
		lda, ldb, ldc := c.k, c.n, c.n
		if c.tA {
			lda = c.m
		}
		if c.tB {
			ldb = c.k
		}
		if c.tC {
			ldc = c.m
		}
		out := make([]float32, c.m*c.n)
		flops := 2 * float64(c.m*c.k*c.n) / 1e9
		rate := func(b *testing.B) { b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s") }
		b.Run(c.name+"/tables", func(b *testing.B) {
			for range b.N {
				if !GemmBinary(c.tA, c.tB, c.tC, c.m, c.n, c.k, p.bits, lda, p.x, ldb, p.start, out, ldc) {
					b.Fatal("not taken")
				}
			}
			rate(b)
		})
		b.Run(c.name+"/tiles", func(b *testing.B) {
			for range b.N {
				for r := range c.m {
					copy(out[r*c.n:], p.start)
				}
				GemmParallel(c.tA, c.tB, c.m, c.n, c.k, 1, p.bits, lda, p.x, ldb, 1, out, c.n)
			}
			rate(b)
		})
	}
}
