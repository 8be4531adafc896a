package kernel

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"
)

// setNames are the names of the sets of instructions.
var setNames = [...]string{"go", "avx2", "avx512"}

// onEach runs a test with every set of instructions that this machine has.
func onEach(t *testing.T, f func(t *testing.T)) {
	forEachSet(func(name string) { t.Run(name, f) })
}

// forEachSet calls f with every set of instructions that this machine has.
func forEachSet(f func(name string)) {
	best := active
	defer func() { active = best }()
	for set := pureGo; set <= best; set++ {
		active = set
		f(setNames[set])
	}
}

// The generator writes these offsets into the assembly.
func TestTilesHasTheLayoutThatAssemblyReads(t *testing.T) {
	var s tiles
	for name, c := range map[string][2]uintptr{
		"a": {unsafe.Offsetof(s.a), 0}, "b": {unsafe.Offsetof(s.b), 8}, "c": {unsafe.Offsetof(s.c), 16}, "cin": {unsafe.Offsetof(s.cin), 24},
		"k": {unsafe.Offsetof(s.k), 32}, "rs": {unsafe.Offsetof(s.rs), 40}, "cs": {unsafe.Offsetof(s.cs), 48}, "bs": {unsafe.Offsetof(s.bs), 56},
		"panel": {unsafe.Offsetof(s.panel), 64}, "ldc": {unsafe.Offsetof(s.ldc), 72}, "ldcin": {unsafe.Offsetof(s.ldcin), 80},
		"tiles": {unsafe.Offsetof(s.tiles), 88}, "panels": {unsafe.Offsetof(s.panels), 96},
		"alpha": {unsafe.Offsetof(s.alpha), 104}, "beta": {unsafe.Offsetof(s.beta), 112},
	} {
		if unsafe.Sizeof(s.k) == 8 && c[0] != c[1] {
			t.Errorf("tiles.%s is at %d, the assembly reads it at %d", name, c[0], c[1])
		}
	}
}

func TestGemmOnEachInstructionSet(t *testing.T) {
	onEach(t, func(t *testing.T) {
		t.Run("float32", func(t *testing.T) { checkGemmAgainstNaive(t, Gemm[float32], 0x1p-23) })
		t.Run("float64", func(t *testing.T) { checkGemmAgainstNaive(t, Gemm[float64], 0x1p-52) })
		t.Run("parallel", func(t *testing.T) { checkGemmAgainstNaive(t, GemmParallel[float32], 0x1p-23) })
	})
}

// Packed products have the bits of a Gemm of the same operands where both run on tiles, and its values elsewhere.
func TestPackedAgreesWithGemm(t *testing.T) {
	onEach(t, func(t *testing.T) {
		testPacked[float32](t, 1e-4)
		testPacked[float64](t, 1e-12)
	})
}

func testPacked[T Float](t *testing.T, tolerance float64) {
	r := newRand(11)
	var p Packed[T]
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {17, 16, 8}, {13, 50, 300}, {24, 33, 600}} {
		m, n, k := s[0], s[1], s[2]
		a, b, bias := randomSlice[T](r, m*k), randomSlice[T](r, k*n), randomSlice[T](r, n)
		for _, tB := range []bool{false, true} {
			ldb := n
			if tB {
				ldb = k
			}
			want, got := make([]T, m*n), garbage(make([]T, m*n))
			fillRows(want, n, bias, nil)
			Gemm(false, tB, m, n, k, 1, a, k, b, ldb, 1, want, n)
			p.Pack(tB, k, n, b, ldb)
			p.Mul(m, a, k, 1, bias, 0, got, n)
			if diff := worstRelative(got, widen(want)); !(diff <= tolerance) {
				t.Errorf("%T [%d, %d, %d] tB=%t: largest difference over largest value %g", a[0], m, n, k, tB, diff)
			}
			parallel := garbage(got)
			p.PackParallel(tB, k, n, b, ldb)
			p.Mul(m, a, k, 1, bias, 0, parallel, n)
			if !slices.Equal(got, parallel) {
				t.Errorf("%T [%d, %d, %d] tB=%t: PackParallel gives other bits than Pack", a[0], m, n, k, tB)
			}
		}
	}
}

func BenchmarkPacked(b *testing.B) {
	for _, s := range [][3]int{{8, 256, 64}, {16, 512, 128}, {32, 512, 128}, {16, 1024, 256}, {16, 128, 512}} {
		m, n, k := s[0], s[1], s[2]
		b.Run(fmt.Sprintf("%dx%dx%d", m, n, k), func(b *testing.B) {
			r := newRand(1)
			var p Packed[float32]
			x, y, z := randomSlice[float32](r, m*k), randomSlice[float32](r, k*n), make([]float32, m*n)
			p.Pack(false, k, n, y, n)
			for b.Loop() {
				p.Mul(m, x, k, 1, z, n, z, n)
			}
			b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func widen[T Float](s []T) []float64 {
	w := make([]float64, len(s))
	for i, v := range s {
		w[i] = float64(v)
	}
	return w
}
