package kernel

import "unsafe"

// transpose computes dst[j, i] = src[i, j] for src [rows, cols].
func transpose[T Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	i1, j1 := 0, 0
	if fast() { // whole squares in assembly
		side := 32 / sizeOf[T]()
		i1, j1 = rows/side*side, cols/side*side
	}
	if i1 > 0 && j1 > 0 {
		callTurn(&dst[0], &src[0], i1, j1, ldd, lds)
	} else {
		i1, j1 = 0, 0
	}
	for i := range i1 {
		for j, v := range src[i*lds+j1 : i*lds+cols] {
			dst[(j1+j)*ldd+i] = v
		}
	}
	for i := i1; i < rows; i++ {
		for j, v := range src[i*lds : i*lds+cols] {
			dst[j*ldd+i] = v
		}
	}
}

func callTurn[T Float](dst, src *T, rows, cols, ldd, lds int) {
	d, s := unsafe.Pointer(dst), unsafe.Pointer(src)
	if sizeOf[T]() == 4 {
		turn32((*float32)(d), (*float32)(s), rows, cols, 4*ldd, 4*lds)
		return
	}
	turn64((*float64)(d), (*float64)(s), rows, cols, 8*ldd, 8*lds)
}
