package datasets

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"lenz/internal/near"
)

// Scaling names how a column is brought to a common size after its transform.
type Scaling string

// The scalings, with the shift and scale of (v - shift) / scale. All are fitted on the training part only.
const (
	Standard  Scaling = "standard" // mean and standard deviation (over n)
	MinMax    Scaling = "minmax"   // minimum and range: training values lie in [0, 1]
	Robust    Scaling = "robust"   // median and interquartile range (linear quantiles)
	NoScaling Scaling = "none"     // 0 and 1
)

// Transform names a function that is applied before scaling, elementwise.
type Transform string

// The transforms.
const (
	NoTransform Transform = "none"
	Sqrt        Transform = "sqrt"  // needs v >= 0; evens out the variance of counts
	Log         Transform = "log"   // natural logarithm, needs v > 0; makes growth linear
	Log1p       Transform = "log1p" // ln(1 + v), needs v > -1; a logarithm for counts with zeros
)

// Scalings returns the names of the scalings.
func Scalings() []string {
	return []string{string(Standard), string(MinMax), string(Robust), string(NoScaling)}
}

// Transforms returns the names of the transforms.
func Transforms() []string {
	return []string{string(NoTransform), string(Sqrt), string(Log), string(Log1p)}
}

// Scaler transforms and scales columns, and goes back to the original units. It is written as JSON without losing a bit.
type Scaler struct {
	Columns []ColumnScaler `json:"columns"`
}

// ColumnScaler maps v to (transform(v) - Shift) / Scale. Scale is 1 for a constant column.
type ColumnScaler struct {
	Name      string    `json:"name"`
	Scaling   Scaling   `json:"scaling"`
	Transform Transform `json:"transform"`
	Shift     float64   `json:"shift"`
	Scale     float64   `json:"scale"`
}

// ScalerSpec says how columns are scaled: all alike, but for those named in Columns.
type ScalerSpec struct {
	Scaling   Scaling
	Transform Transform
	// Columns overrides both for single columns; an empty name in it means the common one.
	Columns map[string]ColumnScaling
}

// ColumnScaling is how one column is scaled.
type ColumnScaling struct {
	Scaling   Scaling
	Transform Transform
}

// FitScaler fits a scaler for all columns of the sections, which should be a split's training part: what lies outside of
// them is not looked at. One scaler serves all series. Missing values are passed over.
func FitScaler(train []Section, spec ScalerSpec) (*Scaler, error) {
	if len(train) == 0 {
		return nil, fmt.Errorf("datasets: no training part to fit a scaler on: give the split one")
	}
	for name := range spec.Columns {
		if _, err := train[0].Series.Index(name); err != nil {
			return nil, err
		}
	}
	scaler := &Scaler{}
	for _, name := range train[0].Series.Columns {
		column := ColumnScaler{Name: name, Scaling: spec.Scaling, Transform: spec.Transform}
		if own, ok := spec.Columns[name]; ok && own.Scaling != "" {
			column.Scaling = own.Scaling
		}
		if own, ok := spec.Columns[name]; ok && own.Transform != "" {
			column.Transform = own.Transform
		}
		if err := column.check(); err != nil {
			return nil, err
		}
		var values []float64
		for _, section := range train {
			v, err := section.Series.Column(name)
			if err != nil {
				return nil, err
			}
			for row := section.From; row < section.To; row++ {
				if math.IsNaN(v[row]) {
					continue
				}
				if err := column.domain(section.Series, row, v[row]); err != nil {
					return nil, err
				}
				values = append(values, column.forward(v[row]))
			}
		}
		if len(values) == 0 {
			return nil, fmt.Errorf("%s: column %q has no value in the training part: leave it out or make the part larger", train[0].Series.place(), name)
		}
		column.fit(values)
		scaler.Columns = append(scaler.Columns, column)
	}
	return scaler, nil
}

// UnmarshalJSON reads a column's scaler and refuses one that could not have been fitted.
func (c *ColumnScaler) UnmarshalJSON(text []byte) error {
	type plain ColumnScaler
	if err := json.Unmarshal(text, (*plain)(c)); err != nil {
		return fmt.Errorf("datasets: scaler: %w", err)
	}
	if !(c.Scale > 0) {
		return fmt.Errorf("datasets: scaler: column %q has scale %v, want a positive one: the file is damaged", c.Name, c.Scale)
	}
	return c.check()
}

func (c *ColumnScaler) check() error {
	if c.Scaling == "" {
		c.Scaling = Standard
	}
	if c.Transform == "" {
		c.Transform = NoTransform
	}
	if !slices.Contains(Scalings(), string(c.Scaling)) {
		return fmt.Errorf("datasets: unknown scaling %q%s (there are %v)", c.Scaling, near.Suggest(string(c.Scaling), Scalings()), Scalings())
	}
	if !slices.Contains(Transforms(), string(c.Transform)) {
		return fmt.Errorf("datasets: unknown transform %q%s (there are %v)", c.Transform, near.Suggest(string(c.Transform), Transforms()), Transforms())
	}
	return nil
}

// fit sets Shift and Scale from transformed values, which it may reorder.
func (c *ColumnScaler) fit(values []float64) {
	c.Shift, c.Scale = 0, 1
	n := float64(len(values))
	switch c.Scaling {
	case Standard:
		sum := 0.0
		for _, v := range values {
			sum += v / n
		}
		c.Shift = sum
		square := 0.0
		for _, v := range values {
			square += (v - c.Shift) * (v - c.Shift)
		}
		c.Scale = math.Sqrt(square / n)
	case MinMax:
		c.Shift = slices.Min(values)
		c.Scale = slices.Max(values) - c.Shift
	case Robust:
		slices.Sort(values)
		c.Shift = quantile(values, 0.5)
		c.Scale = quantile(values, 0.75) - quantile(values, 0.25)
	}
	// What is left of a constant column after rounding is no scale.
	if !(c.Scale > 1e-12*math.Abs(c.Shift)) || math.IsInf(1/c.Scale, 0) || math.IsInf(c.Scale, 0) {
		c.Scale = 1
	}
}

// quantile interpolates linearly between sorted values (Hyndman & Fan 1996, definition 7).
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// largestValue bounds what is learnt from: the squares of larger values overflow, and with them deviations and errors.
const largestValue = 1e150

// domain refuses a value that the transform does not take, or that is too large for any model.
func (c *ColumnScaler) domain(s *Series, row int, v float64) error {
	need := ""
	switch {
	case math.Abs(v) > largestValue:
	case c.Transform == Sqrt && v < 0:
		need = ">= 0"
	case c.Transform == Log && v <= 0:
		need = "> 0"
	case c.Transform == Log1p && v <= -1:
		need = "> -1"
	default:
		return nil
	}
	where := s.Label(row)
	if line := s.Line(row); line > 0 {
		where = fmt.Sprintf("%s (line %d)", where, line)
	}
	if need == "" {
		return fmt.Errorf("%s: column %q is %v at %s: beyond %v its square is too large for a number; mend it, or leave the cell empty if the value is missing",
			s.place(), c.Name, v, where, largestValue)
	}
	return fmt.Errorf("%s: column %q is %v at %s, the transform %s needs values %s: choose another transform (%v) for it",
		s.place(), c.Name, v, where, c.Transform, need, Transforms())
}

func (c *ColumnScaler) forward(v float64) float64 {
	switch c.Transform {
	case Sqrt:
		return math.Sqrt(v)
	case Log:
		return math.Log(v)
	case Log1p:
		return math.Log1p(v)
	}
	return v
}

// Apply scales a value. Outside of the transform's domain it is NaN or infinite; ApplyTo checks that.
func (c *ColumnScaler) Apply(v float64) float64 { return (c.forward(v) - c.Shift) / c.Scale }

// Invert returns a scaled value to its original units. It is monotone, so that quantiles may be inverted one by one;
// below zero, the inverse of the square root is zero.
func (c *ColumnScaler) Invert(v float64) float64 {
	v = v*c.Scale + c.Shift
	switch c.Transform {
	case Sqrt:
		return max(v, 0) * max(v, 0)
	case Log:
		return math.Exp(v)
	case Log1p:
		return math.Expm1(v)
	}
	return v
}

// Column returns the scaler of the named column.
func (s *Scaler) Column(name string) (*ColumnScaler, error) {
	names := make([]string, len(s.Columns))
	for i := range s.Columns {
		if s.Columns[i].Name == name {
			return &s.Columns[i], nil
		}
		names[i] = s.Columns[i].Name
	}
	return nil, fmt.Errorf("datasets: the scaler has no column %q%s (columns: %s)", name, near.Suggest(name, names), someNames(names))
}

// Apply scales the values of a column into dst, which may be the values themselves.
func (s *Scaler) Apply(column string, dst, values []float64) error {
	c, err := s.Column(column)
	if err != nil {
		return err
	}
	for i, v := range values {
		dst[i] = c.Apply(v)
	}
	return nil
}

// Invert returns scaled values of a column to their original units into dst, which may be the values themselves.
func (s *Scaler) Invert(column string, dst, values []float64) error {
	c, err := s.Column(column)
	if err != nil {
		return err
	}
	for i, v := range values {
		dst[i] = c.Invert(v)
	}
	return nil
}

// ApplyTo returns a scaled copy of a series. Each column must be the scaler's, and each value in its transform's domain.
func (s *Scaler) ApplyTo(series *Series) (*Series, error) {
	scaled := *series
	scaled.Values = make([][]float64, len(series.Values))
	for i, name := range series.Columns {
		c, err := s.Column(name)
		if err != nil {
			return nil, err
		}
		scaled.Values[i] = make([]float64, len(series.Values[i]))
		for row, v := range series.Values[i] {
			if err := c.domain(series, row, v); err != nil {
				return nil, err
			}
			scaled.Values[i][row] = c.Apply(v)
		}
	}
	return &scaled, nil
}
