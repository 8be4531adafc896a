package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"
)

type syrkCase struct {
	upper, trans bool
	n, k         int
	alpha, beta  float64
	pad          int
}

func syrkCases() []syrkCase {
	var cases []syrkCase
	for _, size := range [][2]int{{1, 1}, {2, 3}, {5, 0}, {0, 2}, {13, 7}, {33, 40}, {97, 5}, {130, 300}, {530, 3}} {
		for flags := range 4 {
			for _, scale := range [][2]float64{{1, 0}, {1, 1}, {-0.5, 2}, {0, 0.5}, {0, 0}} {
				cases = append(cases, syrkCase{flags&1 != 0, flags&2 != 0, size[0], size[1], scale[0], scale[1], flags})
			}
		}
	}
	return someOf(cases)
}

// someOf keeps one case in seven, which is prime to the number of variants of each size, if time is short.
func someOf[C any](cases []C) []C {
	if !testing.Short() {
		return cases
	}
	var some []C
	for i := 0; i < len(cases); i += 7 {
		some = append(some, cases[i])
	}
	return some
}

// checkSyrkCase compares one triangle with the definition, and the rest of C with what it was.
func checkSyrkCase[T Float](t *testing.T, q syrkCase, parallel bool, epsilon float64) {
	t.Helper()
	rows, cols := q.n, q.k
	if q.trans {
		rows, cols = cols, rows
	}
	r := newRand(3)
	lda, ldc := cols+q.pad, q.n+q.pad
	a, c := randomSlice[float64](r, rows*lda), randomSlice[float64](r, q.n*ldc)
	inside := func(i int) bool {
		row, column := i/ldc, i%ldc
		return column < q.n && (column == row || (column > row) == q.upper)
	}
	for i := range c {
		if q.beta == 0 == inside(i) { // what is overwritten without being read, or not touched at all
			c[i] = math.NaN()
		}
	}
	got := convert[T](c)
	naiveGemm(q.trans, !q.trans, q.n, q.n, q.k, q.alpha, convertBack[T](a), lda, convertBack[T](a), lda, q.beta, c, ldc)
	f := Syrk[T]
	if parallel {
		f = SyrkParallel[T]
	}
	f(q.upper, q.trans, q.n, q.k, T(q.alpha), convert[T](a), lda, T(q.beta), got, ldc)
	for i, want := range c {
		switch {
		case !inside(i):
			if q.beta == 0 {
				continue
			}
			if !math.IsNaN(float64(got[i])) {
				t.Fatalf("%+v: C[%d, %d] is outside the triangle and became %v", q, i/ldc, i%ldc, got[i])
			}
		// Each of k terms rounds once, to a sum that on the diagonal grows to what it is.
		case !(math.Abs(float64(got[i])-want) <= epsilon*float64(q.k+4)*max(2, math.Abs(want))):
			t.Fatalf("%+v: C[%d, %d] = %v, want %v", q, i/ldc, i%ldc, got[i], want)
		}
	}
}

// convertBack rounds to T and widens again, so that rounding of the input is no error of the product.
func convertBack[T Float](s []float64) []float64 { return widen(convert[T](s)) }

func TestSyrkAgreesWithItsDefinition(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, q := range syrkCases() {
			for _, parallel := range []bool{false, true} {
				checkSyrkCase[float32](t, q, parallel, 0x1p-23)
				checkSyrkCase[float64](t, q, parallel, 0x1p-52)
			}
		}
	})
}

// Cut into pieces or not, in one call or in blocks of rows, on any number of processors: the bits are those of Gemm.
func TestSyrkHasTheBitsOfGemm(t *testing.T) {
	if openBLAS {
		t.Skip("OpenBLAS sums in an order of its own")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	onEach(t, func(t *testing.T) {
		const n, k = 211, 2*blockK + 40
		r := newRand(4)
		a := randomSlice[float32](r, k*n)
		want := make([]float32, n*n)
		Gemm(true, false, n, n, k, 1, a, n, a, n, 0, want, n)
		for _, procs := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(procs)
			for _, upper := range []bool{false, true} {
				whole, blocks := make([]float32, n*n), make([]float32, n*n)
				SyrkParallel(upper, true, n, k, 1, a, n, 0, whole, n)
				for l := 0; l < k; l += blockK {
					Syrk(upper, true, n, min(blockK, k-l), 1, a[l*n:], n, 1, blocks, n)
				}
				for i := range n {
					for j := range n {
						at := i*n + j
						if i != j && (j > i) != upper {
							continue
						}
						if whole[at] != want[at] || fast() && blocks[at] != want[at] {
							t.Fatalf("procs=%d upper=%t [%d, %d]: %v in one call, %v in blocks, Gemm has %v", procs, upper, i, j, whole[at], blocks[at], want[at])
						}
					}
				}
			}
		}
	})
}

type trsmCase struct {
	right bool
	Triangle
	m, n  int
	alpha float64
	pad   int
}

func trsmCases() []trsmCase {
	var cases []trsmCase
	for _, size := range [][2]int{{1, 1}, {3, 2}, {6, 16}, {7, 33}, {0, 3}, {64, 45}, {100, 3}, {205, 140}, {29, 300}} {
		for flags := range 16 {
			bit := func(i int) bool { return flags>>i&1 != 0 }
			for _, alpha := range []float64{1, -0.5} {
				cases = append(cases, trsmCase{bit(0), Triangle{bit(1), bit(2), bit(3)}, size[0], size[1], alpha, flags % 3})
			}
		}
	}
	return someOf(cases)
}

// checkTrsmCase multiplies a known X by the triangle, and solves for it. What must not be read is NaN.
func checkTrsmCase[T Float](t *testing.T, q trsmCase, parallel bool, epsilon float64) {
	t.Helper()
	r := newRand(5)
	order := q.m
	if q.right {
		order = q.n
	}
	lda, ldb := order+q.pad, q.n+q.pad
	a, full := make([]T, order*lda), make([]float64, order*lda)
	for i := range a {
		row, column := i/lda, i%lda
		a[i] = T(math.NaN())
		switch {
		case row == column && q.Unit:
			full[i] = 1
		case row == column:
			a[i] = T(1 + r.Float64())
			full[i] = float64(a[i])
		case column < order && (column > row) == q.Upper:
			a[i] = T((2*r.Float64() - 1) / float64(order)) // so that the solution is well-conditioned
			full[i] = float64(a[i])
		}
	}
	x, b := randomSlice[float64](r, q.m*ldb), make([]float64, q.m*ldb)
	if q.right {
		naiveGemm(false, q.Trans, q.m, q.n, q.n, 1/q.alpha, x, ldb, full, lda, 0, b, ldb)
	} else {
		naiveGemm(q.Trans, false, q.m, q.n, q.m, 1/q.alpha, full, lda, x, ldb, 0, b, ldb)
	}
	for i := range b {
		if i%ldb >= q.n {
			x[i] = 7
			b[i] = 7 // what lies between the rows must stay
		}
	}
	f := Trsm[T]
	if parallel {
		f = TrsmParallel[T]
	}
	got := convert[T](b)
	f(q.right, q.Triangle, q.m, q.n, T(q.alpha), a, lda, got, ldb)
	for i, want := range x {
		// The rounding of b, which is below 4 and divided by at least 1, what substitution makes of it (a factor of e at most), and the
		// roundings of order partial sums here and in b, which add up as the root of their number.
		if !(math.Abs(float64(got[i])-want) <= (32+4*math.Sqrt(float64(order)))*epsilon) {
			t.Fatalf("%+v: X[%d, %d] = %v, want %v", q, i/ldb, i%ldb, got[i], want)
		}
	}
}

func TestTrsmSolves(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, q := range trsmCases() {
			for _, parallel := range []bool{false, true} {
				checkTrsmCase[float32](t, q, parallel, 0x1p-24)
				checkTrsmCase[float64](t, q, parallel, 0x1p-53)
			}
		}
	})
}

func TestTrsmBitsDependOnValuesAlone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const m, n = 150, 300
	r := newRand(6)
	a, b := randomSlice[float64](r, m*m), randomSlice[float64](r, m*n)
	for i := range m {
		a[i*m+i] = 20
	}
	var want []float64
	onEach(t, func(t *testing.T) {
		if !fast() {
			return
		}
		for _, procs := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(procs)
			got := slices.Clone(b)
			TrsmParallel(false, Triangle{Upper: true, Trans: true}, m, n, 2, a, m, got, n)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("procs=%d: other bits", procs)
			}
		}
	})
}

func TestTrsmOfZeroTimesAnything(t *testing.T) {
	onEach(t, func(t *testing.T) {
		b := []float64{math.NaN(), 1, math.Inf(1), 2}
		Trsm(false, Triangle{}, 2, 2, 0, []float64{1, 0, 1, 1}, 2, b, 2)
		if !slices.Equal(b, make([]float64, 4)) {
			t.Errorf("alpha = 0 leaves %v", b)
		}
	})
}

func TestLevel3RefusesMatricesThatDoNotFit(t *testing.T) {
	for want, f := range map[string]func(){
		"A (transposed) has 5 values": func() { Syrk(true, true, 2, 3, 1, make([]float64, 5), 2, 0, make([]float64, 4), 2) },
		"C has 3 values":              func() { SyrkParallel(true, false, 2, 3, 1, make([]float64, 6), 3, 0, make([]float64, 3), 2) },
		"n=-1":                        func() { Syrk(true, false, -1, 3, 1, []float64{}, 3, 0, []float64{}, 2) },
		"A has 3 values":              func() { Trsm(false, Triangle{}, 2, 2, 1, make([]float64, 3), 2, make([]float64, 4), 2) },
		"B is 1":                      func() { Trsm(true, Triangle{}, 2, 2, 1, make([]float64, 4), 2, make([]float64, 4), 1) },
		"m=-2":                        func() { TrsmParallel(true, Triangle{}, -2, 2, 1, make([]float64, 4), 2, make([]float64, 4), 1) },
	} {
		mustPanic(t, want, f)
	}
}

func TestTransposeTurnsEveryShape(t *testing.T) {
	onEach(t, func(t *testing.T) {
		testTranspose[float32](t)
		testTranspose[float64](t)
	})
}

func testTranspose[T Float](t *testing.T) {
	for rows := range 20 {
		for cols := range 20 {
			lds, ldd := cols+3, rows+2
			src, dst := randomSlice[T](newRand(7), rows*lds), make([]T, cols*ldd)
			transpose(dst, ldd, src, lds, rows, cols)
			for j := range cols {
				for i := range ldd {
					want := T(0)
					if i < rows {
						want = src[i*lds+j]
					}
					if dst[j*ldd+i] != want {
						t.Fatalf("%T [%d, %d]: element [%d, %d] of the transpose is %v, want %v", want, rows, cols, j, i, dst[j*ldd+i], want)
					}
				}
			}
		}
	}
}

// The names of BLAS, and gonum's Cholesky factors through them.
func TestBLASLevel3AgreesWithGonum(t *testing.T) {
	var ours BLAS
	var theirs gonum.Implementation
	const n, k = 37, 52
	r := newRand(8)
	a := randomSlice[float64](r, n*k)
	for _, uplo := range []blas.Uplo{blas.Upper, blas.Lower} {
		got, want := make([]float64, n*n), make([]float64, n*n)
		ours.Dsyrk(uplo, blas.NoTrans, n, k, 1, a, k, 0, got, n)
		theirs.Dsyrk(uplo, blas.NoTrans, n, k, 1, a, k, 0, want, n)
		if diff := worstRelative(got, want); !(diff < 1e-14) {
			t.Errorf("Dsyrk %c: largest difference %g", uplo, diff)
		}
		got32, want32 := make([]float32, n*n), make([]float32, n*n)
		ours.Ssyrk(uplo, blas.Trans, n, k, 1, convert[float32](a), n, 0, got32, n)
		theirs.Ssyrk(uplo, blas.Trans, n, k, 1, convert[float32](a), n, 0, want32, n)
		if diff := worstRelative(got32, widen(want32)); !(diff < 1e-5) {
			t.Errorf("Ssyrk %c: largest difference %g", uplo, diff)
		}
		for i := range n {
			want[i*n+i] = n
		}
		for _, side := range []blas.Side{blas.Left, blas.Right} {
			x, y := slices.Clone(a[:n*n]), slices.Clone(a[:n*n])
			ours.Dtrsm(side, uplo, blas.Trans, blas.NonUnit, n, n, 2, want, n, x, n)
			theirs.Dtrsm(side, uplo, blas.Trans, blas.NonUnit, n, n, 2, want, n, y, n)
			if diff := worstRelative(x, y); !(diff < 1e-13) {
				t.Errorf("Dtrsm %c %c: largest difference %g", side, uplo, diff)
			}
			x32, y32, a32 := convert[float32](a[:n*n]), convert[float32](a[:n*n]), convert[float32](want)
			ours.Strsm(side, uplo, blas.NoTrans, blas.Unit, n, n, 0.5, a32, n, x32, n)
			theirs.Strsm(side, uplo, blas.NoTrans, blas.Unit, n, n, 0.5, a32, n, y32, n)
			if diff := worstRelative(x32, widen(y32)); !(diff < 1e-3) {
				t.Errorf("Strsm %c %c: largest difference %g", side, uplo, diff)
			}
		}
	}
}

func TestBLASDtrsvAgreesWithGonum(t *testing.T) {
	var theirs gonum.Implementation
	const n, lda = 150, 153
	r := newRand(11)
	a := randomSlice[float64](r, n*lda)
	for i := range n {
		a[i*lda+i] = n / 10
	}
	for _, uplo := range []blas.Uplo{blas.Upper, blas.Lower} {
		for _, op := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, diag := range []blas.Diag{blas.NonUnit, blas.Unit} {
				if diag == blas.Unit {
					for i := range a {
						a[i] /= n // so that the solution does not grow
					}
				}
				got := randomSlice[float64](r, n)
				want := slices.Clone(got)
				BLAS{}.Dtrsv(uplo, op, diag, n, a, lda, got, 1)
				theirs.Dtrsv(uplo, op, diag, n, a, lda, want, 1)
				if diff := worstRelative(got, want); !(diff < 1e-12) {
					t.Errorf("Dtrsv %c %c %c: largest difference %g", uplo, op, diag, diff)
				}
			}
		}
	}
}

func TestBLASRefusesInGonumsWords(t *testing.T) {
	for name, f := range map[string]func(){
		"Dsyrk": func() { BLAS{}.Dsyrk('?', blas.Trans, 1, 1, 1, []float64{1}, 1, 0, []float64{1}, 1) },
		"Ssyrk": func() { BLAS{}.Ssyrk(blas.Upper, blas.Trans, 2, 1, 1, []float32{1}, 2, 0, []float32{1, 1, 1, 1}, 2) },
		"Dtrsm": func() { BLAS{}.Dtrsm(blas.Left, blas.Upper, '?', blas.Unit, 1, 1, 1, []float64{1}, 1, []float64{1}, 1) },
		"Strsm": func() {
			BLAS{}.Strsm(blas.Left, blas.Upper, blas.Trans, blas.Unit, 2, 1, 1, []float32{1}, 2, []float32{1, 1}, 1)
		},
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); got == "" || got[:5] != "blas:" {
					t.Errorf("%s of what does not fit: panic %q, want one of gonum's", name, got)
				}
			}()
			f()
		}()
	}
}

// A Cholesky factorization and solution, as a readout by ridge regression needs it, satisfies its equation.
func TestCholeskyThroughInstall(t *testing.T) {
	Install()
	const n, rows = 150, 400
	h := mat.NewDense(rows, n, randomSlice[float64](newRand(9), rows*n))
	var g mat.SymDense
	g.SymOuterK(1, h.T())
	var c mat.Cholesky
	if !c.Factorize(&g) {
		t.Fatal("the Gram matrix is not positive definite")
	}
	want := mat.NewDense(n, 3, randomSlice[float64](newRand(10), n*3))
	var b, got mat.Dense
	b.Mul(&g, want)
	if err := c.SolveTo(&got, &b); err != nil {
		t.Fatal(err)
	}
	// The condition number of the Gram matrix of 400 rows is below 20; n roundings of each element.
	if diff := worstRelative(got.RawMatrix().Data, want.RawMatrix().Data); !(diff < 20*n*0x1p-53) {
		t.Errorf("solution differs from what the right-hand side was made of by %g", diff)
	}
}

func FuzzLevel3(f *testing.F) {
	f.Add(uint8(3), uint8(5), uint16(40), uint8(0), uint8(1), 1.0, 0.0)
	f.Add(uint8(200), uint8(33), uint16(300), uint8(7), uint8(0), -0.5, 1.0)
	f.Fuzz(func(t *testing.T, m, n uint8, k uint16, flags, pad uint8, alpha, beta float64) {
		if !(math.Abs(alpha) <= 1) || !(math.Abs(beta) <= 2) || beta != 0 && math.Abs(beta) < 1e-6 {
			t.Skip("the tolerances are for these factors")
		}
		k %= 600
		bit := func(i int) bool { return flags>>i&1 != 0 }
		best := active
		defer func() { active = best }()
		active = instructions(int(flags>>4) % (int(best) + 1))
		q := gemmCase{bit(0), bit(1), int(m), int(n), int(k), alpha, beta, int(pad % 8)}
		checkGemmCase(t, q, Gemm[float32], newRand(1), 0x1p-23)
		checkGemmCase(t, q, GemmParallel[float64], newRand(1), 0x1p-52)
		s := syrkCase{bit(0), bit(1), int(n), int(k), alpha, beta, int(pad % 8)}
		checkSyrkCase[float32](t, s, bit(2), 0x1p-23)
		checkSyrkCase[float64](t, s, bit(2), 0x1p-52)
		if math.Abs(alpha) < 0.01 {
			return
		}
		u := trsmCase{bit(0), Triangle{bit(1), bit(2), bit(3)}, int(m), int(n), alpha, int(pad % 8)}
		checkTrsmCase[float32](t, u, bit(2), 0x1p-24)
		checkTrsmCase[float64](t, u, bit(2), 0x1p-53)
	})
}

func benchFlops(b *testing.B, flops float64, f func()) {
	b.Helper()
	for b.Loop() {
		f()
	}
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// The Gram matrix of a reservoir's states, at once and as they come.
func BenchmarkSyrk(b *testing.B) {
	for _, s := range [][2]int{{1000, 10000}, {1000, 256}, {300, 1000}, {64, 512}} {
		n, k := s[0], s[1]
		h, g := randomSlice[float64](newRand(1), n*k), make([]float64, n*n)
		flops := float64(n) * float64(n+1) * float64(k)
		b.Run(fmt.Sprintf("float64/n=%d,k=%d", n, k), func(b *testing.B) {
			benchFlops(b, flops, func() { Syrk(true, true, n, k, 1, h, n, 1, g, n) })
		})
		b.Run(fmt.Sprintf("float64/n=%d,k=%d/parallel", n, k), func(b *testing.B) {
			benchFlops(b, flops, func() { SyrkParallel(true, true, n, k, 1, h, n, 1, g, n) })
		})
		h32, g32 := convert[float32](h), make([]float32, n*n)
		b.Run(fmt.Sprintf("float32/n=%d,k=%d", n, k), func(b *testing.B) {
			benchFlops(b, flops, func() { Syrk(true, true, n, k, 1, h32, n, 1, g32, n) })
		})
	}
}

func BenchmarkTrsm(b *testing.B) {
	for _, s := range [][2]int{{64, 1000}, {1000, 1000}, {1000, 3}, {1000, 64}} {
		order, count := s[0], s[1]
		a, x := randomSlice[float64](newRand(1), order*order), make([]float64, order*count)
		for i := range order {
			a[i*order+i] = float64(order)
		}
		flops := float64(order) * float64(order) * float64(count)
		b.Run(fmt.Sprintf("left/order=%d,count=%d", order, count), func(b *testing.B) {
			benchFlops(b, flops, func() { Trsm(false, Triangle{Upper: true, Trans: true}, order, count, 1, a, order, x, count) })
		})
		b.Run(fmt.Sprintf("right/order=%d,count=%d", order, count), func(b *testing.B) {
			benchFlops(b, flops, func() { Trsm(true, Triangle{Trans: true}, count, order, 1, a, order, x, order) })
		})
	}
}

// Gonum's Cholesky factorization on the products of this package.
func BenchmarkCholesky(b *testing.B) {
	Install()
	const n = 1000
	g := mat.NewSymDense(n, randomSlice[float64](newRand(1), n*n))
	for i := range n {
		g.SetSym(i, i, n)
	}
	y := mat.NewDense(n, 3, randomSlice[float64](newRand(1), 3*n))
	var c mat.Cholesky
	b.Run("factorize", func(b *testing.B) {
		benchFlops(b, n*n*n/3, func() { c.Factorize(g) })
	})
	b.Run("solve", func(b *testing.B) {
		var x mat.Dense
		benchFlops(b, 2*n*n*3, func() { _ = c.SolveTo(&x, y) })
	})
}

// The readout of a reservoir: N states, T steps, three outputs, from Gram matrix to weights.
func BenchmarkRidge(b *testing.B) {
	Install()
	const n, steps, outputs = 1000, 10000, 3
	h, y := randomSlice[float64](newRand(1), steps*n), randomSlice[float64](newRand(2), steps*outputs)
	g, hy := make([]float64, n*n), mat.NewDense(n, outputs, nil)
	var c mat.Cholesky
	var w mat.Dense
	benchFlops(b, n*n*steps+n*n*n/3, func() {
		SyrkParallel(true, true, n, steps, 1, h, n, 0, g, n)
		GemmParallel(true, false, n, outputs, steps, 1, h, n, y, outputs, 0, hy.RawMatrix().Data, outputs)
		for i := range n {
			g[i*n+i] += 1e-6
		}
		if !c.Factorize(mat.NewSymDense(n, g)) {
			b.Fatal("not positive definite")
		}
		if err := c.SolveTo(&w, hy); err != nil {
			b.Fatal(err)
		}
	})
}

// A Gram matrix of blocks has the bits of Syrk, whichever goroutine computes a piece; what lies below the triangle stays.
func TestGram(t *testing.T) {
	onEach(t, func(t *testing.T) {
		checkGram[float32](t)
		checkGram[float64](t)
	})
}

func checkGram[T Float](t *testing.T) {
	r := newRand(4)
	for _, size := range [][2]int{{1, 1}, {7, 3}, {33, 40}, {130, 300}, {600, 70}} {
		n, rows := size[0], size[1]
		lda, ldc := n+1, n+2
		want := convert[T](randomSlice[float64](r, n*ldc))
		got := slices.Clone(want)
		var g Gram[T]
		for range 2 {
			x := convert[T](randomSlice[float64](r, rows*lda))
			Syrk(true, true, n, rows, 1, x, lda, 1, want, ldc)
			g.Block(rows, n, x, lda, got, ldc)
			Parallel(g.Pieces(), 1, func(p, _, _ int) { g.Add(p) })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d rows of %d columns: other bits than Syrk", rows, n)
		}
	}
	var g Gram[T]
	g.Block(0, 3, nil, 3, make([]T, 9), 3)
	if g.Pieces() != 0 {
		t.Error("no rows have pieces")
	}
}
