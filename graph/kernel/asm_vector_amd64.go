//go:build !noasm

package kernel

import "unsafe"

//go:generate go -C gen run . -set vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg kernel
//go:generate go -C gen run . -set cells -out ../cells_amd64.s -stubs ../cells_amd64.go -pkg kernel
//go:generate go -C gen run . -set optim -out ../optim_amd64.s -stubs ../optim_amd64.go -pkg kernel

// vector32 applies a function to n > 0 values.
func vector32(f vectorFunc, dst, src *float32, n int) {
	if active == withAVX512 {
		vector32AVX512(f, dst, src, n)
		return
	}
	switch f {
	case vectorTanh:
		tanh32AVX2(dst, src, n)
	case vectorSigmoid:
		sigmoid32AVX2(dst, src, n)
	case vectorExp:
		exp32AVX2(dst, src, n)
	case vectorLog:
		log32AVX2(dst, src, n)
	case vectorSoftplus:
		softplus32AVX2(dst, src, n)
	}
}

func vector32AVX512(f vectorFunc, dst, src *float32, n int) {
	switch f {
	case vectorTanh:
		tanh32AVX512(dst, src, n)
	case vectorSigmoid:
		sigmoid32AVX512(dst, src, n)
	case vectorExp:
		exp32AVX512(dst, src, n)
	case vectorLog:
		log32AVX512(dst, src, n)
	case vectorSoftplus:
		softplus32AVX512(dst, src, n)
	}
}

// vector64 applies a function to n > 0 values.
func vector64(f vectorFunc, dst, src *float64, n int) {
	if active == withAVX512 {
		vector64AVX512(f, dst, src, n)
		return
	}
	switch f {
	case vectorTanh:
		tanh64AVX2(dst, src, n)
	case vectorSigmoid:
		sigmoid64AVX2(dst, src, n)
	case vectorExp:
		exp64AVX2(dst, src, n)
	case vectorLog:
		log64AVX2(dst, src, n)
	case vectorSoftplus:
		softplus64AVX2(dst, src, n)
	}
}

func vector64AVX512(f vectorFunc, dst, src *float64, n int) {
	switch f {
	case vectorTanh:
		tanh64AVX512(dst, src, n)
	case vectorSigmoid:
		sigmoid64AVX512(dst, src, n)
	case vectorExp:
		exp64AVX512(dst, src, n)
	case vectorLog:
		log64AVX512(dst, src, n)
	case vectorSoftplus:
		softplus64AVX512(dst, src, n)
	}
}

// cell32 runs a cell's gates.
func cell32(f cellFunc, a *cellArgs) {
	p := (*uint64)(unsafe.Pointer(a))
	if active == withAVX512 {
		cell32AVX512(f, p)
		return
	}
	switch f {
	case lstmForward:
		lstmForwardAVX2(p)
	case lstmBackward:
		lstmBackwardAVX2(p)
	case gruForward:
		gruForwardAVX2(p)
	case gruBackward:
		gruBackwardAVX2(p)
	case rnnBackward:
		rnnBackwardAVX2(p)
	}
}

func cell32AVX512(f cellFunc, p *uint64) {
	switch f {
	case lstmForward:
		lstmForwardAVX512(p)
	case lstmBackward:
		lstmBackwardAVX512(p)
	case gruForward:
		gruForwardAVX512(p)
	case gruBackward:
		gruBackwardAVX512(p)
	case rnnBackward:
		rnnBackwardAVX512(p)
	}
}

// runUpdate carries out a rule on n > 0 values.
func runUpdate(single bool, r rule, a *updateArgs) {
	args := (*uint64)(unsafe.Pointer(a))
	wide := active == withAVX512
	switch {
	case single && wide:
		update32AVX512(int(r), args)
	case single:
		update32AVX2(int(r), args)
	case wide:
		update64AVX512(int(r), args)
	default:
		update64AVX2(int(r), args)
	}
}

// nonfinite32 is 0 if n > 0 values are finite.
func nonfinite32(src *float32, n int) uint64 {
	if active == withAVX512 {
		return nonfinite32AVX512(src, n)
	}
	return nonfinite32AVX2(src, n)
}

// dot32 adds the products of blocks of dotLanes values to as many sums.
func dot32(sums *float64, x, y *float32, blocks int) {
	if active == withAVX512 {
		dot32AVX512(sums, x, y, blocks)
		return
	}
	dot32AVX2(sums, x, y, blocks)
}
