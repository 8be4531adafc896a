//go:build !openblas

package kernel

import "gonum.org/v1/gonum/blas/gonum"

const openBLAS = false

// standard is the BLAS that serves what this package does not.
type standard = gonum.Implementation
