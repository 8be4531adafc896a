//go:build !noasm

package kernel

//go:generate go -C gen run . -set sparse -out ../sparse_amd64.s -stubs ../sparse_amd64.go -pkg kernel

// sparse64 computes groups of rows of y = A x.
func sparse64(y, x, weights *float64, from *int32, terms *int, groups int) {
	if active == withAVX512 {
		dsparseAVX512(y, x, weights, from, terms, groups)
		return
	}
	dsparseAVX2(y, x, weights, from, terms, groups)
}

// affine64 computes y += bias + x W for the first values of y, as many as whole vectors hold, and returns their number.
func affine64(y, bias, w, x *float64, n, inputs int) int {
	if active == withAVX512 {
		daffineAVX512(y, bias, w, x, n/8, inputs, 8*n)
		return n / 8 * 8
	}
	daffineAVX2(y, bias, w, x, n/4, inputs, 8*n)
	return n / 4 * 4
}
