//go:build openblas

package openblas

// #cgo LDFLAGS: -lopenblas
import "C"

import "gonum.org/v1/netlib/blas/netlib"

// Implementation is the BLAS of the C library.
type Implementation = netlib.Implementation
