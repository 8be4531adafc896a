package optim

import "math"

// Vector operations over all parameters of a step, on their slots by number. Sums are in float64, in the order of the parameters.

// dots is the inner product of two slots.
func (s *solver) dots(a, b int) float64 {
	sum := 0.0
	for _, e := range s.now {
		if e.part32 != nil {
			sum += dot(e.part32.slot[a], e.part32.slot[b])
		} else {
			sum += dot(e.part64.slot[a], e.part64.slot[b])
		}
	}
	return sum
}

// sizes are the sum and the largest of the absolute values of a slot.
func (s *solver) sizes(a int) (sum, most float64) {
	for _, e := range s.now {
		var m, n float64
		if e.part32 != nil {
			n, m = size(e.part32.slot[a])
		} else {
			n, m = size(e.part64.slot[a])
		}
		sum, most = sum+n, max(most, m)
	}
	return sum, most
}

// combine is slot dst = alpha a + beta b.
func (s *solver) combine(dst int, alpha float64, a int, beta float64, b int) {
	for _, e := range s.now {
		if e.part32 != nil {
			combine(e.part32.slot[dst], alpha, e.part32.slot[a], beta, e.part32.slot[b])
		} else {
			combine(e.part64.slot[dst], alpha, e.part64.slot[a], beta, e.part64.slot[b])
		}
	}
}

// keepValues copies the parameters into a slot.
func (s *solver) keepValues(dst int) {
	for _, e := range s.now {
		if e.part32 != nil {
			copy(e.part32.slot[dst], e.x32)
		} else {
			copy(e.part64.slot[dst], e.x64)
		}
	}
}

// keepGradient copies the gradients into a slot.
func (s *solver) keepGradient(dst int) {
	for _, e := range s.now {
		if e.part32 != nil {
			copy(e.part32.slot[dst], e.g32)
		} else {
			copy(e.part64.slot[dst], e.g64)
		}
	}
}

// moveTo sets the parameters to slot from + t slot along.
func (s *solver) moveTo(from int, t float64, along int) {
	for _, e := range s.now {
		if e.part32 != nil {
			combine(e.x32, 1, e.part32.slot[from], t, e.part32.slot[along])
		} else {
			combine(e.x64, 1, e.part64.slot[from], t, e.part64.slot[along])
		}
	}
}

func dot[T float](a, b []T) float64 {
	var w, x, y, z float64 // four sums keep the adder busy
	i := 0
	for ; i+4 <= len(a); i += 4 {
		p, q := a[i:i+4:i+4], b[i:i+4:i+4]
		w += float64(p[0]) * float64(q[0])
		x += float64(p[1]) * float64(q[1])
		y += float64(p[2]) * float64(q[2])
		z += float64(p[3]) * float64(q[3])
	}
	for ; i < len(a); i++ {
		w += float64(a[i]) * float64(b[i])
	}
	return (w + x) + (y + z)
}

func size[T float](a []T) (sum, most float64) {
	for _, a := range a {
		m := math.Abs(float64(a))
		sum, most = sum+m, max(most, m)
	}
	return sum, most
}

func combine[T float](dst []T, alpha float64, a []T, beta float64, b []T) {
	u, v, b := T(alpha), T(beta), b[:len(a)]
	dst = dst[:len(a)]
	for i, a := range a {
		dst[i] = u*a + v*b[i]
	}
}
