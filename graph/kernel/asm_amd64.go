//go:build !noasm

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go -C gen run . -set gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg kernel
//go:generate go -C gen run . -set pause -out ../pause_amd64.s -stubs ../pause_amd64.go -pkg kernel
//go:generate go -C gen run . -set wide -out ../wide_amd64.s -stubs ../wide_amd64.go -pkg kernel

// detect finds the best instruction set that this processor and its operating system have.
func detect() instructions {
	x := cpu.X86
	switch {
	case x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512BW && x.HasFMA:
		return withAVX512
	case x.HasAVX2 && x.HasFMA:
		return withAVX2
	}
	return pureGo
}

// runTiles32 calls the kernel for float32 tiles of the given rows, at most maxRows.
func runTiles32(rows int, t *tiles) {
	p := (*uint64)(unsafe.Pointer(t))
	if active == withAVX512 {
		runTiles32AVX512(rows, p)
		return
	}
	switch rows {
	case 1:
		sgemm1AVX2(p)
	case 2:
		sgemm2AVX2(p)
	case 3:
		sgemm3AVX2(p)
	case 4:
		sgemm4AVX2(p)
	case 5:
		sgemm5AVX2(p)
	case 6:
		sgemm6AVX2(p)
	}
}

func runTiles32AVX512(rows int, p *uint64) {
	switch rows {
	case 1:
		sgemm1AVX512(p)
	case 2:
		sgemm2AVX512(p)
	case 3:
		sgemm3AVX512(p)
	case 4:
		sgemm4AVX512(p)
	case 5:
		sgemm5AVX512(p)
	case 6:
		sgemm6AVX512(p)
	case 7:
		sgemm7AVX512(p)
	case 8:
		sgemm8AVX512(p)
	case 9:
		sgemm9AVX512(p)
	case 10:
		sgemm10AVX512(p)
	case 11:
		sgemm11AVX512(p)
	case 12:
		sgemm12AVX512(p)
	}
}

// runTiles64 is runTiles32 for float64.
func runTiles64(rows int, t *tiles) {
	p := (*uint64)(unsafe.Pointer(t))
	if active == withAVX512 {
		runTiles64AVX512(rows, p)
		return
	}
	switch rows {
	case 1:
		dgemm1AVX2(p)
	case 2:
		dgemm2AVX2(p)
	case 3:
		dgemm3AVX2(p)
	case 4:
		dgemm4AVX2(p)
	case 5:
		dgemm5AVX2(p)
	case 6:
		dgemm6AVX2(p)
	}
}

func runTiles64AVX512(rows int, p *uint64) {
	switch rows {
	case 1:
		dgemm1AVX512(p)
	case 2:
		dgemm2AVX512(p)
	case 3:
		dgemm3AVX512(p)
	case 4:
		dgemm4AVX512(p)
	case 5:
		dgemm5AVX512(p)
	case 6:
		dgemm6AVX512(p)
	case 7:
		dgemm7AVX512(p)
	case 8:
		dgemm8AVX512(p)
	case 9:
		dgemm9AVX512(p)
	case 10:
		dgemm10AVX512(p)
	case 11:
		dgemm11AVX512(p)
	case 12:
		dgemm12AVX512(p)
	}
}

// dots32 computes dst[i] = the dot product of row i of a and x. The rows are a positive multiple of dotRows.
func dots32(dst, a, x *float32, rows, k, stride int) {
	if active == withAVX512 {
		sdotsAVX512(dst, a, x, rows, k, stride*4)
		return
	}
	sdotsAVX2(dst, a, x, rows, k, stride*4)
}

// dots64 is dots32 for float64.
func dots64(dst, a, x *float64, rows, k, stride int) {
	if active == withAVX512 {
		ddotsAVX512(dst, a, x, rows, k, stride*8)
		return
	}
	ddotsAVX2(dst, a, x, rows, k, stride*8)
}

// runWide calls the kernel for one row over groups of widePanels panels, of elements of the given size.
func runWide(size int, t *tiles) {
	p := (*uint64)(unsafe.Pointer(t))
	switch wide := active == withAVX512; {
	case wide && size == 4:
		swideAVX512(p)
	case wide:
		dwideAVX512(p)
	case size == 4:
		swideAVX2(p)
	default:
		dwideAVX2(p)
	}
}
