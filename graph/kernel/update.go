package kernel

import (
	"math"
	"unsafe"
)

// Elementwise updates of optimizers. Each is a struct of factors, which every value shares, with an Apply that changes
// values and state in place; all slices are as long as the gradient g, or it panics. Apply is written twice: the loop in Go, which
// is the reference, and assembly that takes the same operations in the same order without fusing, so that on amd64 both have
// the same bits, but that assembly takes numbers below 2^-126 (float32) or 2^-1022 (float64) as zero. An update
// looks at one place at a time: pieces of a slice may be updated apart.

// rule numbers the updates as gen/rules.go lists them.
type rule int

const (
	ruleSGD rule = iota
	ruleMomentum
	ruleNesterov
	ruleAdaGrad
	ruleAdaDelta
	ruleRMSProp // +1 with momentum, +2 centred
	_
	_
	_
	ruleAdam
	ruleAMSGrad
	ruleAdaMax
	ruleNAdam
	ruleAdaBelief
	ruleLion
	ruleScheduleFree
	ruleScaled
	ruleRprop
	ruleLAMB
	ruleProdigy
)

// updateArgs is what assembly reads.
type updateArgs struct {
	x, g    unsafe.Pointer
	slots   [3]unsafe.Pointer
	n       int
	factors unsafe.Pointer
}

// updated carries the rule out in assembly, if there is any: factors is a struct of Ts. It checks the lengths in any case. Slots that a
// rule does not have are nil.
func updated[T Float, U any](r rule, factors *U, x, g, s0, s1, s2 []T) bool {
	checkVector("an update", len(x), len(g))
	for _, s := range [...][]T{s0, s1, s2} {
		if s != nil {
			checkVector("an update", len(s), len(g))
		}
	}
	if len(g) == 0 {
		return true
	}
	if !fast() {
		return false
	}
	a := updateArgs{
		unsafe.Pointer(&x[0]), unsafe.Pointer(&g[0]),
		[3]unsafe.Pointer{unsafe.Pointer(unsafe.SliceData(s0)), unsafe.Pointer(unsafe.SliceData(s1)), unsafe.Pointer(unsafe.SliceData(s2))},
		len(g), nil,
	}
	if len(g) >= leastSweep {
		updateParallel[T](r, *factors, a)
		return true
	}
	small := a // a variable of its own, so that factors stay on the stack
	small.factors = unsafe.Pointer(factors)
	runUpdate(sizeOf[T]() == 4, r, &small)
	return true
}

// updateParallel carries the rule out in pieces.
func updateParallel[T Float, U any](r rule, factors U, whole updateArgs) {
	whole.factors = unsafe.Pointer(&factors)
	Parallel(whole.n, sweepGrain, func(_, lo, hi int) {
		part := whole.from(lo*sizeOf[T](), hi-lo)
		runUpdate(sizeOf[T]() == 4, r, &part)
	})
}

// from is the part of n values from an offset in bytes on.
func (a updateArgs) from(offset, n int) updateArgs {
	a.x, a.g, a.n = unsafe.Add(a.x, offset), unsafe.Add(a.g, offset), n
	for i, s := range a.slots {
		if s != nil {
			a.slots[i] = unsafe.Add(s, offset)
		}
	}
	return a
}

// root is the square root; that of a float32 in float64 rounds to the same.
func root[T Float](x T) T { return T(math.Sqrt(float64(x))) }

// SGDUpdate is x -= Eta g.
type SGDUpdate[T Float] struct{ Eta T }

// Apply updates the values x.
func (u SGDUpdate[T]) Apply(x, g []T) {
	if updated(ruleSGD, &u, x, g, nil, nil, nil) {
		return
	}
	for i, g := range g {
		x[i] -= u.Eta * g
	}
}

// MomentumUpdate is v = Mu v + g,  x -= Eta v.
type MomentumUpdate[T Float] struct{ Mu, Eta T }

// Apply updates the values x and the velocity v.
func (u MomentumUpdate[T]) Apply(x, g, v []T) {
	if updated(ruleMomentum, &u, x, g, v, nil, nil) {
		return
	}
	for i, g := range g {
		v[i] = u.Mu*v[i] + g
		x[i] -= u.Eta * v[i]
	}
}

// NesterovUpdate is v = Mu v + g,  x -= Eta (g + Mu v).
type NesterovUpdate[T Float] struct{ Mu, Eta T }

// Apply updates the values x and the velocity v.
func (u NesterovUpdate[T]) Apply(x, g, v []T) {
	if updated(ruleNesterov, &u, x, g, v, nil, nil) {
		return
	}
	for i, g := range g {
		v[i] = u.Mu*v[i] + g
		x[i] -= u.Eta * (g + u.Mu*v[i])
	}
}

// RpropUpdate changes the size of each step by Up where the gradient keeps its sign and by Down where it has changed it, within Low and
// High, and takes steps of Rate times the size against the sign of the gradient; a gradient that has changed its sign counts as zero.
type RpropUpdate[T Float] struct{ Rate, Down, Up, Low, High T }

// Apply updates the values x, the gradients before and the sizes.
func (u RpropUpdate[T]) Apply(x, g, before, size []T) {
	all := struct {
		RpropUpdate[T]
		large, less, one T
	}{u, almostMax[T](), -1, 1}
	if updated(ruleRprop, &all, x, g, before, size, nil) {
		return
	}
	for i, g := range g {
		factor := T(1)
		switch same := sign(before[i]) * sign(g); {
		case same > 0:
			factor = u.Up
		case same < 0:
			factor, g = u.Down, 0
		}
		size[i] = min(max(size[i]*factor, u.Low), u.High)
		before[i] = g
		x[i] -= u.Rate * size[i] * sign(g)
	}
}

// sign is 1, 0 or -1.
func sign[T Float](x T) T {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
