package optim

// Constant keeps the base rate.
type Constant struct{}

// DefaultConstant returns the only one.
func DefaultConstant() Constant { return Constant{} }

// New returns the schedule. The error is always nil.
func (Constant) New() (Schedule, error) {
	return ScheduleFunc(func(Progress) float64 { return 1 }), nil
}
