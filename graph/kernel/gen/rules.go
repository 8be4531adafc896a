package main

import . "github.com/mmcloughlin/avo/operand"

// rule is an elementwise optimizer: how many factors it has, and its formula, which stands once for all widths. Operations
// and their order are those of the Go twin, nothing is fused, so that the bits agree.
type rule struct {
	name    string
	factors int
	step    func(*update)
}

// rules are in the order of the constants in package kernel. The comments name the factors in their order.
var rules = []rule{
	{"sgd", 1, func(f *update) { // eta
		f.setX(f.sub(f.x(), f.mul(f.factors[0], f.g())))
	}},
	{"momentum", 2, func(f *update) { // mu, eta
		v := f.add(f.mul(f.factors[0], f.slot(0)), f.g())
		f.setSlot(0, v)
		f.setX(f.sub(f.x(), f.mul(f.factors[1], v)))
	}},
	{"nesterov", 2, func(f *update) { // mu, eta
		g := f.g()
		v := f.add(f.mul(f.factors[0], f.slot(0)), g)
		f.setSlot(0, v)
		f.setX(f.sub(f.x(), f.mul(f.factors[1], f.add(g, f.mul(f.factors[0], v)))))
	}},
	{"adagrad", 2, func(f *update) { // eta, epsilon
		g := f.g()
		s := f.add(f.slot(0), f.mul(g, g))
		f.setSlot(0, s)
		f.setX(f.sub(f.x(), f.div(f.mul(f.factors[0], g), f.add(f.sqrt(s), f.factors[1]))))
	}},
	{"adadelta", 4, func(f *update) { // rho, rest, epsilon, eta
		rho, rest, epsilon, eta := f.factors[0], f.factors[1], f.factors[2], f.factors[3]
		g, u := f.g(), f.slot(1)
		v := f.add(f.mul(rho, f.slot(0)), f.mul(f.mul(rest, g), g))
		f.setSlot(0, v)
		d := f.mul(f.div(f.sqrt(f.add(u, epsilon)), f.sqrt(f.add(v, epsilon))), g)
		f.setSlot(1, f.add(f.mul(rho, u), f.mul(f.mul(rest, d), d)))
		f.setX(f.sub(f.x(), f.mul(eta, d)))
	}},
	{"rmsprop", 5, rmsprop(false, false)},
	{"rmsprop_momentum", 5, rmsprop(false, true)},
	{"rmsprop_centred", 5, rmsprop(true, false)},
	{"rmsprop_centred_momentum", 5, rmsprop(true, true)},
	{"adam", 8, func(f *update) {
		m, v := moments(f)
		f.setSlot(1, v)
		f.scaled(m, v)
	}},
	{"amsgrad", 8, func(f *update) {
		m, v := moments(f)
		f.setSlot(1, v)
		top := f.max(f.slot(2), v)
		f.setSlot(2, top)
		f.scaled(m, top)
	}},
	{"adamax", 5, func(f *update) { // beta1, rest1, beta2, alpha, epsilon
		g := f.g()
		m := f.mix(f.factors[0], f.slot(0), f.factors[1], g)
		f.setSlot(0, m)
		u := f.max(f.mul(f.factors[2], f.slot(1)), f.add(f.abs(g), f.factors[4]))
		f.setSlot(1, u)
		f.setX(f.sub(f.x(), f.div(f.mul(f.factors[3], m), u)))
	}},
	{"nadam", 9, func(f *update) { // as adam, then the factor of g
		m, v := moments(f)
		f.setSlot(1, v)
		f.settle(f.mix(f.factors[8], f.g(), f.factors[alpha], m), v)
	}},
	{"adabelief", 9, func(f *update) { // as adam, then the epsilon inside of the root
		g := f.g()
		m := f.mix(f.factors[beta1], f.slot(0), f.factors[rest1], g)
		f.setSlot(0, m)
		d := f.sub(g, m)
		s := f.add(f.add(f.mul(f.factors[beta2], f.slot(1)), f.mul(f.mul(f.factors[rest2], d), d)), f.factors[8])
		f.setSlot(1, s)
		f.scaled(m, s)
	}},
	{"lion", 9, func(f *update) { // beta1, rest1, beta2, rest2, keep, eta, 2^127 or 2^1023, -1, 1
		g, m := f.g(), f.slot(0)
		c := f.mix(f.factors[0], m, f.factors[1], g)
		sign := f.min(f.max(f.mul(c, f.factors[6]), f.factors[7]), f.factors[8])
		f.setSlot(0, f.mix(f.factors[2], m, f.factors[3], g))
		f.setX(f.sub(f.mul(f.factors[4], f.x()), f.mul(f.factors[5], sign)))
	}},
	{"schedulefree", 8, func(f *update) { // beta2, rest2, root, epsilon, lambda, share, eta, pull
		g, y, z := f.g(), f.x(), f.slot(0)
		v := f.mix(f.factors[0], f.slot(1), f.factors[1], f.mul(g, g))
		f.setSlot(1, v)
		d := f.add(f.div(g, f.add(f.mul(f.sqrt(v), f.factors[2]), f.factors[3])), f.mul(f.factors[4], y))
		f.setX(f.add(f.add(y, f.mul(f.factors[5], f.sub(z, y))), f.mul(f.factors[7], d)))
		f.setSlot(0, f.sub(z, f.mul(f.factors[6], d)))
	}},
	{"scaled", 4, func(f *update) { // keep, alpha, root, epsilon
		x := f.mul(f.factors[0], f.x())
		f.setX(f.sub(x, f.div(f.mul(f.factors[1], f.slot(0)), f.add(f.mul(f.sqrt(f.slot(1)), f.factors[2]), f.factors[3]))))
	}},
	{"rprop", 8, func(f *update) { // rate, down, up, low, high, 2^127 or 2^1023, -1, 1
		rate, down, up, low, high, large, less, one := f.factors[0], f.factors[1], f.factors[2], f.factors[3], f.factors[4], f.factors[5], f.factors[6], f.factors[7]
		sign := func(v Op) Op { return f.min(f.max(f.mul(v, large), less), one) }
		g := f.g()
		step := sign(g)
		same := f.mul(sign(f.slot(0)), step) // 1, 0 or -1
		kept, turned := f.max(same, f.zero()), f.max(f.mul(same, less), f.zero())
		factor := f.add(f.add(f.mul(kept, up), f.mul(turned, down)), f.sub(f.sub(one, kept), turned))
		size := f.min(f.max(f.mul(f.slot(1), factor), low), high)
		f.setSlot(1, size)
		stay := f.sub(one, turned)
		f.setSlot(0, f.mul(g, stay))
		f.setX(f.sub(f.x(), f.mul(f.mul(rate, size), f.mul(step, stay))))
	}},
	{"lamb", 8, func(f *update) { // as adam, lambda in place of keep; the direction goes to slot 2
		m, v := moments(f)
		f.setSlot(1, v)
		down := f.add(f.mul(f.sqrt(v), f.factors[root]), f.factors[epsilon])
		f.setSlot(2, f.add(f.div(f.mul(f.factors[alpha], m), down), f.mul(f.factors[keep], f.x())))
	}},
	{"prodigy", 6, func(f *update) { // beta1, rest1, beta2, rest2, beta3, rest3; x stays
		_, v := moments(f)
		f.setSlot(1, v)
		f.setSlot(2, f.mix(f.factors[4], f.slot(2), f.factors[5], f.g()))
	}},
}

// The places of Adam's factors.
const (
	beta1 = iota
	rest1
	beta2
	rest2
	keep
	alpha
	root
	epsilon
)

// moments takes the gradient into the mean, which it stores, and into the mean square.
func moments(f *update) (m, v Op) {
	g := f.g()
	m = f.mix(f.factors[beta1], f.slot(0), f.factors[rest1], g)
	f.setSlot(0, m)
	return m, f.add(f.mul(f.factors[beta2], f.slot(1)), f.mul(f.mul(f.factors[rest2], g), g))
}

// scaled is x = keep x - alpha m / (sqrt(v) root + epsilon).
func (f *update) scaled(m, v Op) { f.settle(f.mul(f.factors[alpha], m), v) }

// settle is x = keep x - step / (sqrt(v) root + epsilon).
func (f *update) settle(step, v Op) {
	down := f.add(f.mul(f.sqrt(v), f.factors[root]), f.factors[epsilon])
	f.setX(f.sub(f.mul(f.factors[keep], f.x()), f.div(step, down)))
}

// rmsprop has the factors rho, rest, epsilon, mu, eta; its slots are v, then the mean, then the velocity.
func rmsprop(centred, momentum bool) func(*update) {
	return func(f *update) {
		rho, rest, epsilon, mu, eta := f.factors[0], f.factors[1], f.factors[2], f.factors[3], f.factors[4]
		g, slot := f.g(), 1
		v := f.add(f.mul(rho, f.slot(0)), f.mul(f.mul(rest, g), g))
		f.setSlot(0, v)
		if centred {
			m := f.mix(rho, f.slot(slot), rest, g)
			f.setSlot(slot, m)
			slot++
			v = f.max(f.sub(v, f.mul(m, m)), f.zero())
		}
		d := f.div(g, f.add(f.sqrt(v), epsilon))
		if momentum {
			d = f.add(f.mul(mu, f.slot(slot)), d)
			f.setSlot(slot, d)
		}
		f.setX(f.sub(f.x(), f.mul(eta, d)))
	}
}
