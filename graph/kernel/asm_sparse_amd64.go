//go:build !noasm

package kernel

//go:generate go -C gen run . -set sparse -out ../sparse_amd64.s -stubs ../sparse_amd64.go -pkg kernel

// sparse64 computes groups of rows of y = A x.
func sparse64(y, x, weights *float64, from *int32, terms *int, groups int) {
	dsparseAVX2(y, x, weights, from, terms, groups)
}
