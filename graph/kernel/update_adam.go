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
	// The sign of c in vectors is min(max(c times a number next to the largest, -1), 1).
	large := 0x1p127
	if _, double := any(u.Eta).(float64); double {
		large = 0x1p1023
	}
	all := struct {
		LionUpdate[T]
		large, low, high T
	}{u, T(large), -1, 1}
	if updated(ruleLion, &all, x, g, m, nil, nil) {
		return
	}
	for i, g := range g {
		var sign T
		switch c := u.Beta1*m[i] + u.Rest1*g; {
		case c > 0:
			sign = 1
		case c < 0:
			sign = -1
		}
		m[i] = u.Beta2*m[i] + u.Rest2*g
		x[i] = u.Keep*x[i] - u.Eta*sign
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
