// Package plusminus writes measured numbers to the digits that their errors justify.
package plusminus

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Text writes a value with its standard error: the error to two significant digits, the value to the same decimal place, as in
// 5.07 +- 0.10 (Particle Data Group, Review of Particle Physics, 5.3, without its rule for the first digits). A value whose error is
// zero, infinite or not a number stands alone, to six digits; one that is not a number is "-". Numbers that would need many zeros have
// a common power of ten: (1.234 +- 0.012)e-08.
func Text(value, err float64) string {
	switch {
	case math.IsNaN(value):
		return "-"
	case math.IsInf(value, 0) || math.IsNaN(err) || math.IsInf(err, 0) || err <= 0:
		return strconv.FormatFloat(value, 'g', 6, 64)
	}
	place := second(err)
	top := int(math.Floor(math.Log10(max(math.Abs(value), err))))
	if top < -4 || top > 6 {
		unit := math.Pow10(top)
		return fmt.Sprintf("(%s)e%+03d", plain(value/unit, err/unit, second(err/unit)), top)
	}
	return plain(value, err, place)
}

// Sign sets the sign ± in a text for pages and pictures, which need not be typed.
func Sign(text string) string { return strings.ReplaceAll(text, " +- ", " ± ") }

// second is how many decimals the second significant digit of a number stands at; below zero, before the point.
func second(err float64) int {
	text := strconv.FormatFloat(err, 'e', 1, 64) // rounded first: 0.0996 is 0.10
	exponent, _ := strconv.Atoi(text[4:])        // d.de+dd always parses
	return 1 - exponent
}

func plain(value, err float64, place int) string {
	if place >= 0 {
		return fmt.Sprintf("%.*f +- %.*f", place, value, place, err)
	}
	unit := math.Pow10(-place)
	return fmt.Sprintf("%.0f +- %.0f", math.Round(value/unit)*unit, math.Round(err/unit)*unit)
}
