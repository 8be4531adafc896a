package safetensors

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Tensor is a named array, row-major.
type Tensor struct {
	Name string
	// DType is the type of the values as the format spells it. Write takes the type of Data when it is empty.
	DType string
	// Shape holds the dimensions; empty for a single number.
	Shape []int
	// Data holds the values: []float64 (F64), []float32 (F32), []int64 (I64), []int32 (I32), []int16 (I16), []int8 (I8),
	// []uint64 (U64), []uint32 (U32), []uint16 (U16), []uint8 (U8), []bool (BOOL), or the bits of half-precision
	// numbers as []uint16 (F16, BF16).
	Data any
}

// dtype describes one type of values. The functions work on the Go slice of that type.
type dtype struct {
	name string
	size int // bytes of one value
	make func(n int) any
	len  func(data any) (int, bool) // false when data is not of this type
	part func(data any, from, to int) any
}

func typed[E any](name string, size int) dtype {
	return dtype{
		name: name, size: size,
		make: func(n int) any { return make([]E, n) },
		len: func(data any) (int, bool) {
			d, ok := data.([]E)
			return len(d), ok
		},
		part: func(data any, from, to int) any { return data.([]E)[from:to] },
	}
}

// dtypes lists the known types. Where two share a Go type (U16, F16, BF16), the first is what Write infers.
func dtypes() []dtype {
	return []dtype{
		typed[float64]("F64", 8), typed[float32]("F32", 4), typed[int64]("I64", 8), typed[int32]("I32", 4),
		typed[int16]("I16", 2), typed[int8]("I8", 1), typed[uint64]("U64", 8), typed[uint32]("U32", 4),
		typed[uint16]("U16", 2), typed[uint8]("U8", 1), typed[bool]("BOOL", 1), typed[uint16]("F16", 2),
		typed[uint16]("BF16", 2),
	}
}

func lookup(name string) (dtype, error) {
	all := dtypes()
	i := slices.IndexFunc(all, func(d dtype) bool { return d.name == name })
	if i < 0 {
		known := make([]string, len(all))
		for i, d := range all {
			known[i] = d.name
		}
		return dtype{}, fmt.Errorf("its type is %q; the known ones are %s", name, strings.Join(known, ", "))
	}
	return all[i], nil
}

// check holds the tensor's data against its type and shape, and returns the type and the number of values.
func (t Tensor) check() (dtype, int, error) {
	d, err := t.kind()
	if err != nil {
		return d, 0, err
	}
	n, ok := d.len(t.Data)
	if !ok {
		return d, 0, fmt.Errorf("its type is %s, its values are %T", d.name, t.Data)
	}
	want, err := count(t.Shape)
	if err != nil {
		return d, 0, err
	}
	if n != want {
		return d, 0, fmt.Errorf("it has %d values, its shape %v wants %d", n, t.Shape, want)
	}
	return d, n, nil
}

func (t Tensor) kind() (dtype, error) {
	if t.DType != "" {
		return lookup(t.DType)
	}
	for _, d := range dtypes() {
		if _, ok := d.len(t.Data); ok {
			return d, nil
		}
	}
	return dtype{}, fmt.Errorf("values of type %T cannot be stored", t.Data)
}

// count is the number of values of a shape.
func count(shape []int) (int, error) {
	n := uint64(1)
	for _, s := range shape {
		hi, lo := bits.Mul64(n, uint64(s))
		if s < 0 || hi != 0 || lo > math.MaxInt {
			return 0, fmt.Errorf("its shape %v is negative or has more values than can be counted", shape)
		}
		n = lo
	}
	return int(n), nil
}

// Floats returns the values of a tensor of type F64, F32, F16 or BF16 as float64, which holds all of them exactly.
func (t Tensor) Floats() ([]float64, error) {
	switch d := t.Data.(type) {
	case []float64:
		return slices.Clone(d), nil
	case []float32:
		return floats(d, func(v float32) float64 { return float64(v) }), nil
	case []uint16:
		switch t.DType {
		case "F16":
			return floats(d, half), nil
		case "BF16":
			return floats(d, func(v uint16) float64 { return float64(math.Float32frombits(uint32(v) << 16)) }), nil
		}
	}
	return nil, fmt.Errorf("safetensors: tensor %q is of type %s, want F64, F32, F16 or BF16", t.Name, t.DType)
}

func floats[E any](d []E, float func(E) float64) []float64 {
	out := make([]float64, len(d))
	for i, v := range d {
		out[i] = float(v)
	}
	return out
}

// half reads IEEE 754 binary16: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction.
func half(v uint16) float64 {
	sign := 1.0
	if v>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(v>>10&31), float64(v&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
