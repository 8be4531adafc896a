package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: its name, and its vector registers.
type isa struct {
	name  string
	bytes int // width of a vector
	v     []VecPhysical
}

var (
	avx2 = isa{"AVX2", 32, []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15}}

	avx512 = isa{"AVX512", 64, []VecPhysical{Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
		Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31}}

	isas = []isa{avx2, avx512}
)

// flushDenormals sets flush-to-zero and denormals-are-zero; call what it returns before RET. It must happen inside
// one assembly function: a goroutine may continue on another thread between instructions of Go code, but not here.
func flushDenormals() (restore func()) {
	mode := AllocLocal(8)
	STMXCSR(mode)
	MOVL(mode, R15L)
	ORL(U32(0x8040), R15L)
	MOVL(R15L, mode.Offset(4))
	LDMXCSR(mode.Offset(4))
	return func() { LDMXCSR(mode) }
}

// precision is the element type, with the instructions that depend on it.
type precision struct {
	letter    string // as in SGEMM and DGEMM
	bytes     int
	broadcast func(...Op)
	load      func(...Op)
	mul       func(...Op)
	fma231    func(...Op)
}

var (
	single = precision{"s", 4, VBROADCASTSS, VMOVUPS, VMULPS, VFMADD231PS}
	double = precision{"d", 8, VBROADCASTSD, VMOVUPD, VMULPD, VFMADD231PD}
)

// zero clears a register; the 256-bit form clears the whole of a 512-bit one.
func zero(r VecPhysical) { VPXOR(r.AsY(), r.AsY(), r.AsY()) }

// zeroAny also serves the registers above 15, which only 512-bit instructions reach.
func zeroAny(r VecPhysical) {
	if r.PhysicalIndex() > 15 {
		VPXORD(r, r, r)
		return
	}
	zero(r)
}

func label(format string, a ...any) string { return fmt.Sprintf(format, a...) }

// element is Go's name of the type.
func (p precision) element() string {
	if p.bytes == 4 {
		return "float32"
	}
	return "float64"
}

// loadParams loads parameters of the function into registers, in their order.
func loadParams(names []string, to []GPPhysical) {
	for i, name := range names {
		Load(Param(name), to[i])
	}
}
