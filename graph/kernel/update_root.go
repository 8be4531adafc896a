package kernel

// AdaGradUpdate is s += g²,  x -= Eta g / (sqrt(s) + Epsilon).
type AdaGradUpdate[T Float] struct{ Eta, Epsilon T }

// Apply updates the values x and the sums s.
func (u AdaGradUpdate[T]) Apply(x, g, s []T) {
	if updated(ruleAdaGrad, &u, x, g, s, nil, nil) {
		return
	}
	for i, g := range g {
		s[i] += g * g
		x[i] -= u.Eta * g / (root(s[i]) + u.Epsilon)
	}
}

// AdaDeltaUpdate is, with Rest = 1 - Rho,
//
//	v = Rho v + Rest g²,  d = sqrt(u + Epsilon) / sqrt(v + Epsilon) g,  u = Rho u + Rest d²,  x -= Eta d
type AdaDeltaUpdate[T Float] struct{ Rho, Rest, Epsilon, Eta T }

// Apply updates the values x and the mean squares v of gradients and u of steps.
func (a AdaDeltaUpdate[T]) Apply(x, g, v, u []T) {
	if updated(ruleAdaDelta, &a, x, g, v, u, nil) {
		return
	}
	for i, g := range g {
		v[i] = a.Rho*v[i] + a.Rest*g*g
		d := root(u[i]+a.Epsilon) / root(v[i]+a.Epsilon) * g
		u[i] = a.Rho*u[i] + a.Rest*d*d
		x[i] -= a.Eta * d
	}
}

// RMSPropUpdate is, with Rest = 1 - Rho,
//
//	v = Rho v + Rest g²,  m = Rho m + Rest g,  b = Mu b + g / (sqrt(v - m²) + Epsilon),  x -= Eta b
//
// without the means m, or without the velocity b, where these are nil. A v - m² below zero counts as zero.
type RMSPropUpdate[T Float] struct{ Rho, Rest, Epsilon, Mu, Eta T }

// Apply updates the values x, the mean squares v and, if they are not nil, the means m and the velocity b.
func (u RMSPropUpdate[T]) Apply(x, g, v, m, b []T) {
	r, s1, s2 := ruleRMSProp, m, b
	if m == nil {
		s1, s2 = b, nil
	} else {
		r += 2
	}
	if b != nil {
		r++
	}
	if updated(r, &u, x, g, v, s1, s2) {
		return
	}
	for i, g := range g {
		v[i] = u.Rho*v[i] + u.Rest*g*g
		square := v[i]
		if m != nil {
			m[i] = u.Rho*m[i] + u.Rest*g
			square = max(square-m[i]*m[i], 0)
		}
		d := g / (root(square) + u.Epsilon)
		if b != nil {
			b[i] = u.Mu*b[i] + d
			d = b[i]
		}
		x[i] -= u.Eta * d
	}
}

// ScaledUpdate is x = Keep x - Alpha m / (Root sqrt(v) + Epsilon), the second half of AdamUpdate.
type ScaledUpdate[T Float] struct{ Keep, Alpha, Root, Epsilon T }

// Apply updates the values x; m and v stay.
func (u ScaledUpdate[T]) Apply(x, m, v []T) {
	if updated(ruleScaled, &u, x, m, m, v, nil) {
		return
	}
	for i, m := range m {
		x[i] = u.Keep*x[i] - u.Alpha*m/(root(v[i])*u.Root+u.Epsilon)
	}
}
