package baseline

import (
	"fmt"

	"lenz/internal/state"
)

var _ state.Stateful = (*Ridge)(nil)

// State returns the sums gathered so far, and what Solve found.
func (r *Ridge) State() state.State {
	out := state.State{"systems": len(r.systems)}
	for i, s := range r.systems {
		out[fmt.Sprintf("system%d", i)] = s.state()
	}
	return out
}

// Restore takes what State gave, on an autoregression made with the same layout and settings.
func (r *Ridge) Restore(from state.State) error {
	n, err := state.Get[int](from, "systems")
	if err != nil {
		return fmt.Errorf("baseline: ridge: %w", err)
	}
	if n != len(r.systems) {
		return fmt.Errorf("baseline: ridge: the saved state has %d systems, the settings make %d: restore with the settings of the saved run", n, len(r.systems))
	}
	restored := make([]system, n)
	for i, s := range r.systems {
		part, err := state.Get[state.State](from, fmt.Sprintf("system%d", i))
		if err != nil {
			return fmt.Errorf("baseline: ridge: %w", err)
		}
		restored[i] = *s
		if err := restored[i].restore(part); err != nil {
			return fmt.Errorf("baseline: ridge: %w", err)
		}
	}
	for i := range restored {
		*r.systems[i] = restored[i]
	}
	return nil
}

func momentsKey(part int) string { return [...]string{"train", "valid"}[part] }

func (s *system) state() state.State {
	out := state.State{"shift": append([]float64{}, s.shift...), "fitted": s.fitted()}
	if s.fitted() {
		out["lags"], out["centered"], out["validated"], out["windows"] = s.fit.Lags, s.fit.Centered, s.fit.validated, s.fit.windows
		out["ridge"], out["loss"], out["condition"] = s.fit.ridge, s.fit.loss, s.fit.condition
		out["weights"], out["intercept"] = append([]float64{}, s.weights...), append([]float64{}, s.intercept...)
	}
	for part, m := range s.moments {
		if m != nil {
			out[momentsKey(part)] = state.State{"n": m.n, "sum": append([]float64{}, m.sum...), "gram": append([]float64{}, m.gram...),
				"square": append([]float64{}, m.square...), "rows": append([]float64{}, m.rows...)}
		}
	}
	return out
}

func (s *system) restore(from state.State) error {
	width := s.inputs + s.responses
	shift, err := state.Get[[]float64](from, "shift")
	if err != nil {
		return err
	}
	s.shift = nil
	if len(shift) > 0 {
		if s.shift, err = state.Slice[float64](from, "shift", width); err != nil {
			return err
		}
		s.shift = append([]float64{}, s.shift...)
	}
	for part := range s.moments {
		s.moments[part] = nil
		if _, ok := from[momentsKey(part)]; !ok {
			continue
		}
		saved, err := state.Get[state.State](from, momentsKey(part))
		if err != nil {
			return err
		}
		s.moments[part] = newMoments(s.inputs, s.responses, s.block)
		if err := s.moments[part].restore(saved, width); err != nil {
			return err
		}
	}
	return s.restoreFit(from)
}

func (m *moments) restore(from state.State, width int) error {
	var err error
	if m.n, err = state.Get[float64](from, "n"); err != nil {
		return err
	}
	for key, into := range map[string][]float64{"sum": m.sum, "gram": m.gram, "square": m.square} {
		values, err := state.Slice[float64](from, key, len(into))
		if err != nil {
			return err
		}
		copy(into, values)
	}
	rows, err := state.Get[[]float64](from, "rows")
	if err != nil {
		return err
	}
	if len(rows)%width != 0 || len(rows) >= cap(m.rows) {
		return fmt.Errorf("state: \"rows\" has %d values, want a multiple of %d below %d", len(rows), width, cap(m.rows))
	}
	m.rows = append(m.rows, rows...)
	return nil
}

func (s *system) restoreFit(from state.State) error {
	s.fit, s.weights, s.intercept = fit{}, nil, nil
	fitted, err := state.Get[bool](from, "fitted")
	if err != nil || !fitted {
		return err
	}
	get := func(key string, into any) {
		if err != nil {
			return
		}
		switch v := into.(type) {
		case *int:
			*v, err = state.Get[int](from, key)
		case *bool:
			*v, err = state.Get[bool](from, key)
		case *float64:
			*v, err = state.Get[float64](from, key)
		}
	}
	get("lags", &s.fit.Lags)
	get("windows", &s.fit.windows)
	get("centered", &s.fit.Centered)
	get("validated", &s.fit.validated)
	get("ridge", &s.fit.ridge)
	get("loss", &s.fit.loss)
	get("condition", &s.fit.condition)
	if err != nil {
		return err
	}
	if s.fit.Lags < 1 || s.fit.Lags > s.ridge.most {
		return fmt.Errorf("state: \"lags\" is %d, the settings allow 1 to %d", s.fit.Lags, s.ridge.most)
	}
	weights, err := state.Slice[float64](from, "weights", len(s.features(s.fit.choice))*s.responses)
	if err != nil {
		return err
	}
	intercept, err := state.Slice[float64](from, "intercept", s.responses)
	if err != nil {
		return err
	}
	s.weights, s.intercept = append([]float64{}, weights...), append([]float64{}, intercept...)
	return nil
}
