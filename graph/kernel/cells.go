package kernel

import "unsafe"

// vectorFunc names a function of vectors that exists in assembly.
type vectorFunc int

const (
	vectorTanh vectorFunc = iota
	vectorSigmoid
	vectorExp
	vectorLog
	vectorSoftplus
)

// assembled applies f in assembly if it can, and tells whether it did.
func assembled[T Float](f vectorFunc, dst, src []T) bool {
	if !fast() {
		return false
	}
	n := len(src)
	if n == 0 {
		return true
	}
	to, from := unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0])
	if sizeOf[T]() == 4 {
		vector32(f, (*float32)(to), (*float32)(from), n)
	} else {
		vector64(f, (*float64)(to), (*float64)(from), n)
	}
	return true
}

// cellFunc names the gates of a cell in assembly.
type cellFunc int

const (
	lstmForward  cellFunc = iota // gates, cPrev, c, tc, h
	lstmBackward                 // gates, dgates, cPrev, tc, dhs, dh, dc
	gruForward                   // gates, hgates, prev, kept, next
	gruBackward                  // gates, dgates, dhgates, prev, kept, dhs, dh
	rnnBackward                  // h, dg, dhs, dh
)

// cellArgs tells assembly where the rows of a cell begin. The generator knows the offsets.
type cellArgs struct {
	p       [10]unsafe.Pointer
	rows, n int
}

// hasCells tells whether the gates of float32 cells run in assembly.
func hasCells[T Float]() bool { return fast() && sizeOf[T]() == 4 }

// runCell runs a cell's gates on rows of n units. The slices are in the order of the function's comment.
func runCell[T Float](f cellFunc, rows, n int, slices ...[]T) {
	a := cellArgs{rows: rows, n: n}
	for i, s := range slices {
		a.p[i] = unsafe.Pointer(unsafe.SliceData(s))
	}
	cell32(f, &a)
}
