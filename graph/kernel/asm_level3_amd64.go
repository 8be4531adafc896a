//go:build !noasm

package kernel

// packWhole copies panels of tile width side by side, whose rows are stride bytes apart, to panels one after another.
func packWhole(dst, src *uint64, rows, panels, stride int) {
	if active == withAVX512 {
		packAVX512(dst, src, rows, panels, stride)
		return
	}
	packAVX2(dst, src, rows, panels, stride)
}

// turn32 computes dst[j, i] = src[i, j] for rows and cols that are positive multiples of 8; strides are in bytes.
func turn32(dst, src *float32, rows, cols, dstStride, srcStride int) {
	sturnAVX2(dst, src, rows, cols, dstStride, srcStride)
}

// turn64 is turn32 for float64 and multiples of 4.
func turn64(dst, src *float64, rows, cols, dstStride, srcStride int) {
	dturnAVX2(dst, src, rows, cols, dstStride, srcStride)
}

// solve32 solves L X = C in place for a triangle of the given rows, at most solveRows, on panels of tile width; ldc is in
// bytes.
func solve32(rows int, tri, c *float32, ldc, panels int) {
	switch wide := active == withAVX512; {
	case wide && rows == 1:
		ssolve1AVX512(tri, c, ldc, panels)
	case wide && rows == 2:
		ssolve2AVX512(tri, c, ldc, panels)
	case wide && rows == 3:
		ssolve3AVX512(tri, c, ldc, panels)
	case wide && rows == 4:
		ssolve4AVX512(tri, c, ldc, panels)
	case wide && rows == 5:
		ssolve5AVX512(tri, c, ldc, panels)
	case wide && rows == 6:
		ssolve6AVX512(tri, c, ldc, panels)
	case rows == 1:
		ssolve1AVX2(tri, c, ldc, panels)
	case rows == 2:
		ssolve2AVX2(tri, c, ldc, panels)
	case rows == 3:
		ssolve3AVX2(tri, c, ldc, panels)
	case rows == 4:
		ssolve4AVX2(tri, c, ldc, panels)
	case rows == 5:
		ssolve5AVX2(tri, c, ldc, panels)
	case rows == 6:
		ssolve6AVX2(tri, c, ldc, panels)
	}
}

// solve64 is solve32 for float64.
func solve64(rows int, tri, c *float64, ldc, panels int) {
	switch wide := active == withAVX512; {
	case wide && rows == 1:
		dsolve1AVX512(tri, c, ldc, panels)
	case wide && rows == 2:
		dsolve2AVX512(tri, c, ldc, panels)
	case wide && rows == 3:
		dsolve3AVX512(tri, c, ldc, panels)
	case wide && rows == 4:
		dsolve4AVX512(tri, c, ldc, panels)
	case wide && rows == 5:
		dsolve5AVX512(tri, c, ldc, panels)
	case wide && rows == 6:
		dsolve6AVX512(tri, c, ldc, panels)
	case rows == 1:
		dsolve1AVX2(tri, c, ldc, panels)
	case rows == 2:
		dsolve2AVX2(tri, c, ldc, panels)
	case rows == 3:
		dsolve3AVX2(tri, c, ldc, panels)
	case rows == 4:
		dsolve4AVX2(tri, c, ldc, panels)
	case rows == 5:
		dsolve5AVX2(tri, c, ldc, panels)
	case rows == 6:
		dsolve6AVX2(tri, c, ldc, panels)
	}
}
