package optim

import "math"

// Range is where to look for a setting when it is tuned: between Low and High, both included, evenly on a linear scale or, with
// Log, on a logarithmic one. A settings struct declares its ranges by a method Search beside its defaults.
type Range struct {
	Name      string // of the setting
	Log       bool
	Low, High float64 // above 0 where Log is set
}

// At is the value at share u of the range, u from 0 to 1: Low at 0, High at 1. Uniform draws of u search the range evenly on its
// scale.
func (r Range) At(u float64) float64 {
	switch {
	case u <= 0:
		return r.Low
	case u >= 1:
		return r.High
	case r.Log:
		return r.Low * math.Pow(r.High/r.Low, u)
	}
	return r.Low + (r.High-r.Low)*u
}

// searchOf is the search space that a settings struct declares, if it does.
func searchOf(s any) []Range {
	if s, ok := s.(interface{ Search() []Range }); ok {
		return s.Search()
	}
	return nil
}

// logRange and linRange keep the declarations to a line each.
func logRange(name string, low, high float64) Range { return Range{name, true, low, high} }
func linRange(name string, low, high float64) Range { return Range{name, false, low, high} }
