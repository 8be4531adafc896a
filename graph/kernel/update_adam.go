package kernel

// AdamUpdate holds the factors of one update of Adam, the bias corrections taken into Alpha and Root, and of its relatives:
//
//	m = Beta1 m + Rest1 g,  v = Beta2 v + Rest2 g²,  x = Keep x - Alpha m / (Root sqrt(v) + Epsilon)
//
// Keep is 1 without weight decay.
type AdamUpdate[T Float] struct{ Beta1, Rest1, Beta2, Rest2, Keep, Alpha, Root, Epsilon T }

// moments takes g into the means m and v.
func (u *AdamUpdate[T]) moments(m, v, g T) (mean, square T) {
	return u.Beta1*m + u.Rest1*g, u.Beta2*v + u.Rest2*g*g
}

// scaled is the new x.
func (u *AdamUpdate[T]) scaled(x, m, v T) T {
	return u.Keep*x - u.Alpha*m/(root(v)*u.Root+u.Epsilon)
}

// Apply updates the values x and the moments m and v.
func (u AdamUpdate[T]) Apply(x, g, m, v []T) {
	if updated(ruleAdam, &u, x, g, m, v, nil) {
		return
	}
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	for i, g := range g {
		mi, vi := u.moments(m[i], v[i], g)
		m[i], v[i] = mi, vi // before the root: the compiler can then overlap the roots of neighbours, three times as fast
		x[i] = u.scaled(x[i], mi, vi)
	}
}

// AMSGradUpdate is AdamUpdate with the largest v so far, top, in place of v in the last step.
type AMSGradUpdate[T Float] struct{ AdamUpdate[T] }

// Apply updates the values x, the moments m and v, and top.
func (u AMSGradUpdate[T]) Apply(x, g, m, v, top []T) {
	if updated(ruleAMSGrad, &u, x, g, m, v, top) {
		return
	}
	for i, g := range g {
		m[i], v[i] = u.moments(m[i], v[i], g)
		top[i] = max(top[i], v[i])
		x[i] = u.scaled(x[i], m[i], top[i])
	}
}

// AdaMaxUpdate is m = Beta1 m + Rest1 g,  u = max(Beta2 u, |g| + Epsilon),  x -= Alpha m / u.
type AdaMaxUpdate[T Float] struct{ Beta1, Rest1, Beta2, Alpha, Epsilon T }

// Apply updates the values x, the means m and the norms u.
func (a AdaMaxUpdate[T]) Apply(x, g, m, u []T) {
	if updated(ruleAdaMax, &a, x, g, m, u, nil) {
		return
	}
	for i, g := range g {
		m[i] = a.Beta1*m[i] + a.Rest1*g
		u[i] = max(a.Beta2*u[i], max(g, 0-g)+a.Epsilon)
		x[i] -= a.Alpha * m[i] / u[i]
	}
}

// NAdamUpdate is AdamUpdate with AlphaG g + Alpha m in place of Alpha m.
type NAdamUpdate[T Float] struct {
	AdamUpdate[T]
	AlphaG T
}

// Apply updates the values x and the moments m and v.
func (u NAdamUpdate[T]) Apply(x, g, m, v []T) {
	if updated(ruleNAdam, &u, x, g, m, v, nil) {
		return
	}
	for i, g := range g {
		m[i], v[i] = u.moments(m[i], v[i], g)
		x[i] = u.Keep*x[i] - (u.AlphaG*g+u.Alpha*m[i])/(root(v[i])*u.Root+u.Epsilon)
	}
}

// AdaBeliefUpdate is AdamUpdate with the spread of the gradient about its mean, s, in place of v:
//
//	s = Beta2 s + Rest2 (g - m)² + Inside
type AdaBeliefUpdate[T Float] struct {
	AdamUpdate[T]
	Inside T
}

// Apply updates the values x, the means m and the spreads s.
func (u AdaBeliefUpdate[T]) Apply(x, g, m, s []T) {
	if updated(ruleAdaBelief, &u, x, g, m, s, nil) {
		return
	}
	for i, g := range g {
		m[i] = u.Beta1*m[i] + u.Rest1*g
		d := g - m[i]
		s[i] = u.Beta2*s[i] + u.Rest2*d*d + u.Inside
		x[i] = u.scaled(x[i], m[i], s[i])
	}
}

// LionUpdate is x = Keep x - Eta sign(Beta1 m + Rest1 g),  m = Beta2 m + Rest2 g.
type LionUpdate[T Float] struct{ Beta1, Rest1, Beta2, Rest2, Keep, Eta T }

// Apply updates the values x and the means m.
func (u LionUpdate[T]) Apply(x, g, m []T) {
	all := struct {
		LionUpdate[T]
		large, low, high T
	}{u, almostMax[T](), -1, 1}
	if updated(ruleLion, &all, x, g, m, nil, nil) {
		return
	}
	for i, g := range g {
		c := u.Beta1*m[i] + u.Rest1*g
		m[i] = u.Beta2*m[i] + u.Rest2*g
		x[i] = u.Keep*x[i] - u.Eta*sign(c)
	}
}

// ScheduleFreeUpdate is, y being where the gradient is taken,
//
//	v = Beta2 v + Rest2 g²,  d = g / (Root sqrt(v) + Epsilon) + Lambda y
//	y = y + Share (z - y) + Pull d,  z = z - Eta d
type ScheduleFreeUpdate[T Float] struct{ Beta2, Rest2, Root, Epsilon, Lambda, Share, Eta, Pull T }

// Apply updates the values y, the plain iterates z and the mean squares v.
func (u ScheduleFreeUpdate[T]) Apply(y, g, z, v []T) {
	if updated(ruleScheduleFree, &u, y, g, z, v, nil) {
		return
	}
	for i, g := range g {
		v[i] = u.Beta2*v[i] + u.Rest2*(g*g)
		d := g/(root(v[i])*u.Root+u.Epsilon) + u.Lambda*y[i]
		y[i] = y[i] + u.Share*(z[i]-y[i]) + u.Pull*d
		z[i] -= u.Eta * d
	}
}

// almostMax is a number whose product with any normal one is beyond 1 or -1: the sign of c in vectors is min(max(c almostMax, -1), 1).
func almostMax[T Float]() T {
	large := 0x1p127
	if _, double := any(T(0)).(float64); double {
		large = 0x1p1023
	}
	return T(large)
}

// LAMBUpdate is the moments of AdamUpdate and the direction r = Alpha m / (Root sqrt(v) + Epsilon) + Lambda x. The values stay.
type LAMBUpdate[T Float] struct{ Beta1, Rest1, Beta2, Rest2, Lambda, Alpha, Root, Epsilon T }

// Apply updates the moments m and v and writes r.
func (u LAMBUpdate[T]) Apply(x, g, m, v, r []T) {
	if updated(ruleLAMB, &u, x, g, m, v, r) {
		return
	}
	x, m, v, r = x[:len(g)], m[:len(g)], v[:len(g)], r[:len(g)]
	for i, g := range g {
		mi, vi := u.Beta1*m[i]+u.Rest1*g, u.Beta2*v[i]+u.Rest2*g*g
		m[i], v[i] = mi, vi
		r[i] = u.Alpha*mi/(root(vi)*u.Root+u.Epsilon) + u.Lambda*x[i]
	}
}

// ProdigyUpdate is the moments of AdamUpdate and s = Beta3 s + Rest3 g.
type ProdigyUpdate[T Float] struct{ Beta1, Rest1, Beta2, Rest2, Beta3, Rest3 T }

// Apply updates m, v and s.
func (u ProdigyUpdate[T]) Apply(g, m, v, s []T) {
	if updated(ruleProdigy, &u, g, g, m, v, s) {
		return
	}
	m, v, s = m[:len(g)], v[:len(g)], s[:len(g)]
	for i, g := range g {
		m[i] = u.Beta1*m[i] + u.Rest1*g
		v[i] = u.Beta2*v[i] + u.Rest2*g*g
		s[i] = u.Beta3*s[i] + u.Rest3*g
	}
}
