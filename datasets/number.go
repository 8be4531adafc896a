package datasets

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
)

// parseNumber reads a decimal number, correctly rounded. What strconv takes besides (inf, nan, hexadecimals, underscores)
// is refused. Numbers of up to 15 digits with a small exponent are exact in the quick way: both factors are exact
// and the one rounding is that of the division (Clinger 1990).
func parseNumber(b []byte) (float64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	i, negative := 0, false
	if b[0] == '-' || b[0] == '+' {
		negative = b[0] == '-'
		i++
	}
	mantissa, digits, fraction, point := uint64(0), 0, 0, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			if digits++; digits > 15 {
				return slowNumber(b)
			}
			mantissa = mantissa*10 + uint64(c-'0')
			if point {
				fraction++
			}
		case c == '.' && !point:
			point = true
		default:
			return slowNumber(b)
		}
	}
	if digits == 0 {
		return 0, false
	}
	v := float64(mantissa) / powers[fraction]
	if negative {
		v = -v
	}
	return v, true
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func slowNumber(b []byte) (float64, bool) {
	for _, c := range b {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil && math.IsInf(v, 0) {
		return v, true // out of range: refused as infinite
	}
	return v, err == nil
}

// isMissing tells whether a cell says that there is no value.
func isMissing(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if len(b) > 4 {
		return false
	}
	switch string(b) {
	case "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none", "-", "?", ".":
		return true
	}
	return false
}

var (
	decimalComma = regexp.MustCompile(`^[-+]?\d*,\d+$`)
	thousands    = regexp.MustCompile(`^[-+]?\d{1,3}([,. ']\d{3})+([.,]\d+)?$`)
)

// whyNoNumber explains a cell that should be a number, and how to mend it.
func whyNoNumber(b []byte) string {
	switch {
	case isInfinite(b):
		return "is infinite: write a finite number, or leave the cell empty if the value is missing"
	case decimalComma.Match(b) && thousands.Match(b):
		return "has a decimal comma or a thousands separator: write 1.5 with a point and 1500 without a separator"
	case decimalComma.Match(b):
		return "has a decimal comma: write it with a point, as 1.5"
	case thousands.Match(b):
		return "has thousands separators: write the number without them, as 1500.5"
	}
	return "is not a number: mend it, leave the cell empty if the value is missing, or leave the column out with --columns"
}

func isInfinite(b []byte) bool {
	b = bytes.ToLower(bytes.TrimLeft(b, "+-"))
	if string(b) == "inf" || string(b) == "infinity" {
		return true
	}
	v, ok := parseNumber(b)
	return ok && math.IsInf(v, 0)
}
