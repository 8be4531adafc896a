//go:build openblas

package kernel

import "lenz/graph/kernel/openblas"

// openBLAS tells that products of whole matrices go to OpenBLAS. Packed matrices, and with them the cells, stay on the
// tiles of this package.
const openBLAS = true

// standard is the BLAS that serves what this package does not.
type standard = openblas.Implementation
