package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomSlice draws n values from [-1, 1).
func randomSlice[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(2*r.Float64() - 1)
	}
	return s
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// naiveGemm is the definition.
func naiveGemm(tA, tB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	for i := range m {
		for j := range n {
			sum := 0.0
			for l := range k {
				x, y := i*lda+l, l*ldb+j
				if tA {
					x = l*lda + i
				}
				if tB {
					y = j*ldb + l
				}
				sum += a[x] * b[y]
			}
			if beta == 0 {
				c[i*ldc+j] = alpha * sum
				continue
			}
			c[i*ldc+j] = alpha*sum + beta*c[i*ldc+j]
		}
	}
}

type gemmCase struct {
	tA, tB      bool
	m, n, k     int
	alpha, beta float64
	pad         int // unused values at the end of each row
}

func gemmCases() []gemmCase {
	var cases []gemmCase
	for _, size := range [][3]int{
		{1, 1, 1}, {3, 5, 2}, {8, 13, 7}, {33, 17, 9}, {4, 200, 31}, {65, 193, 8}, {2, 3, 1100}, {5, 4, 0}, {0, 4, 3}, {4, 0, 3},
	} {
		for flags := range 4 {
			for _, scale := range [][2]float64{{1, 0}, {1, 1}, {-0.5, 2}, {0, 0.5}} {
				cases = append(cases, gemmCase{flags&1 != 0, flags&2 != 0, size[0], size[1], size[2], scale[0], scale[1], flags})
			}
		}
	}
	return cases
}

// gemmFunc is the shape of Gemm and GemmParallel.
type gemmFunc[T Float] func(tA, tB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

func checkGemmAgainstNaive[T Float](t *testing.T, gemm gemmFunc[T], epsilon float64) {
	t.Helper()
	r := newRand(1)
	for _, q := range gemmCases() {
		checkGemmCase(t, q, gemm, r, epsilon)
	}
}

func checkGemmCase[T Float](t *testing.T, q gemmCase, gemm gemmFunc[T], r *rand.Rand, epsilon float64) {
	t.Helper()
	rowsA, colsA, rowsB, colsB := q.m, q.k, q.k, q.n
	if q.tA {
		rowsA, colsA = colsA, rowsA
	}
	if q.tB {
		rowsB, colsB = colsB, rowsB
	}
	lda, ldb, ldc := colsA+q.pad, colsB+q.pad, q.n+q.pad
	a, b := randomSlice[float64](r, rowsA*lda), randomSlice[float64](r, rowsB*ldb)
	c := randomSlice[float64](r, q.m*ldc)
	if q.beta == 0 {
		for i := range c {
			if i%ldc < q.n { // what lies between the rows must stay
				c[i] = math.NaN()
			}
		}
	}
	got := convert[T](c)
	naiveGemm(q.tA, q.tB, q.m, q.n, q.k, q.alpha, a, lda, b, ldb, q.beta, c, ldc)
	gemm(q.tA, q.tB, q.m, q.n, q.k, T(q.alpha), convert[T](a), lda, convert[T](b), ldb, T(q.beta), got, ldc)
	for i, want := range c {
		// Each of k terms below 1 rounds once to a sum of at most k.
		if bound := epsilon * float64(q.k+4) * 2; !(math.Abs(float64(got[i])-want) <= bound) {
			t.Fatalf("%+v: C[%d, %d] = %v, want %v within %g", q, i/ldc, i%ldc, got[i], want, bound)
		}
	}
}

func TestGemmAgreesWithItsDefinition(t *testing.T) {
	t.Run("float32", func(t *testing.T) { checkGemmAgainstNaive(t, Gemm[float32], 0x1p-23) })
	t.Run("float64", func(t *testing.T) { checkGemmAgainstNaive(t, Gemm[float64], 0x1p-52) })
	t.Run("parallel float32", func(t *testing.T) { checkGemmAgainstNaive(t, GemmParallel[float32], 0x1p-23) })
	t.Run("parallel float64", func(t *testing.T) { checkGemmAgainstNaive(t, GemmParallel[float64], 0x1p-52) })
}

// The result must not depend on the addresses of its operands, nor on the number of goroutines.
func TestGemmBitsDependOnValuesAlone(t *testing.T) {
	r := newRand(2)
	for _, k := range []int{9, 63, 700} {
		const m, n, maxShift = 40, 201, 5
		for flags := range 4 {
			tA, tB := flags&1 != 0, flags&2 != 0
			lda, ldb := k, n
			if tA {
				lda = m
			}
			if tB {
				ldb = k
			}
			a, b := randomSlice[float32](r, m*k), randomSlice[float32](r, k*n)
			want := make([]float32, m*n)
			Gemm(tA, tB, m, n, k, 1, a, lda, b, ldb, 0, want, n)
			for shift := range maxShift {
				a2, b2, c2 := shifted(a, shift), shifted(b, shift), shifted(make([]float32, m*n), shift)
				Gemm(tA, tB, m, n, k, 1, a2, lda, b2, ldb, 0, c2, n)
				if !slices.Equal(c2, want) {
					t.Errorf("k=%d tA=%t tB=%t: other bits when the operands move by %d values", k, tA, tB, shift)
				}
			}
			got := make([]float32, m*n)
			GemmParallel(tA, tB, m, n, k, 1, a, lda, b, ldb, 0, got, n)
			if !slices.Equal(got, want) {
				t.Errorf("k=%d tA=%t tB=%t: GemmParallel's bits differ from Gemm's", k, tA, tB)
			}
		}
	}
}

// shifted returns a copy of s that starts n values into its allocation.
func shifted(s []float32, n int) []float32 {
	return append(make([]float32, n, n+len(s)), s...)[n:]
}

func TestGemmRefusesMatricesThatDoNotFit(t *testing.T) {
	for want, f := range map[string]func(){
		"A has 5 values": func() {
			Gemm(false, false, 2, 2, 3, 1, make([]float64, 5), 3, make([]float64, 6), 2, 0, make([]float64, 4), 2)
		},
		"B (transposed) has": func() {
			Gemm(false, true, 2, 2, 3, 1, make([]float64, 6), 3, make([]float64, 5), 3, 0, make([]float64, 4), 2)
		},
		"stride of C is 1": func() {
			Gemm(false, false, 2, 2, 3, 1, make([]float64, 6), 3, make([]float64, 6), 2, 0, make([]float64, 4), 1)
		},
		"m=-1": func() {
			GemmParallel(false, false, -1, 2, 3, 1, make([]float64, 6), 3, make([]float64, 6), 2, 0, make([]float64, 4), 2)
		},
	} {
		mustPanic(t, want, f)
	}
}

// mustPanic checks that f panics with a message of this package that contains want.
func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got, _ := recover().(string); !strings.HasPrefix(got, "kernel: ") || !strings.Contains(got, want) {
			t.Errorf("panic %q, want one of kernel that contains %q", got, want)
		}
	}()
	f()
}

func benchGemm[T Float](b *testing.B, name string, tA, tB bool, m, n, k int) {
	b.Run(fmt.Sprintf("%s/%dx%dx%d/tA=%t,tB=%t", name, m, n, k, tA, tB), func(b *testing.B) {
		r := newRand(1)
		x, y, z := randomSlice[T](r, m*k), randomSlice[T](r, k*n), make([]T, m*n)
		lda, ldb := k, n
		if tA {
			lda = m
		}
		if tB {
			ldb = k
		}
		b.ReportAllocs()
		for b.Loop() {
			Gemm(tA, tB, m, n, k, 1, x, lda, y, ldb, 0, z, n)
		}
		b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{{8, 512, 128}, {16, 512, 128}, {32, 512, 128}, {64, 1024, 256}, {256, 2048, 256}, {512, 512, 512}, {1000, 1000, 1000}, {64, 512, 8}, {16, 128, 512}} {
		benchGemm[float32](b, "float32", false, false, s[0], s[1], s[2])
		benchGemm[float64](b, "float64", false, false, s[0], s[1], s[2])
	}
	for _, s := range [][3]int{{32, 512, 128}, {512, 512, 512}} {
		for flags := 1; flags < 4; flags++ {
			benchGemm[float32](b, "float32", flags&1 != 0, flags&2 != 0, s[0], s[1], s[2])
			benchGemm[float64](b, "float64", flags&1 != 0, flags&2 != 0, s[0], s[1], s[2])
		}
	}
	benchGemm[float32](b, "float32", true, false, 128, 512, 3200)
	benchGemm[float32](b, "float32", false, true, 64, 8, 512)
}

// Products with a vector, as inference with batch 1 has them.
func BenchmarkGemv(b *testing.B) {
	for _, s := range [][2]int{{256, 64}, {512, 128}, {1000, 1000}} {
		benchGemm[float32](b, "float32", false, true, 1, s[0], s[1])
		benchGemm[float64](b, "float64", false, true, 1, s[0], s[1])
		benchGemm[float32](b, "float32", false, false, 1, s[0], s[1])
		benchGemm[float64](b, "float64", false, false, 1, s[0], s[1])
	}
}

// The sets of instructions, one beside the other.
func BenchmarkGemmOnEachInstructionSet(b *testing.B) {
	best := active
	defer func() { active = best }()
	for set := pureGo; set <= best; set++ {
		active = set
		name := [...]string{"go", "avx2", "avx512"}[set]
		benchGemm[float32](b, name+"/float32", false, false, 256, 256, 256)
		benchGemm[float64](b, name+"/float64", false, false, 256, 256, 256)
	}
}
