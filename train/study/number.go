package study

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a float64 whose JSON is null where it is not finite, and NaN when it is read back.
type Number float64

// MarshalJSON writes the shortest text that reads back to the same bits, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !finite(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads a number or null.
func (n *Number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// text is the number for a CSV file, empty where it is not finite.
func (n Number) text() string {
	if !finite(float64(n)) {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
