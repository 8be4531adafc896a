package report

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// number writes a value for people, with four significant digits: 17.25, 0.003142, 1.5e12; a missing one as a dash.
func number(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return signed(strings.TrimLeft(strconv.FormatFloat(v, 'g', -1, 64), "+-"), v)
	case a == math.Trunc(a) && a < 1e6:
		return signed(strconv.FormatFloat(a, 'f', 0, 64), v)
	case a >= 1e6 || a < 1e-4:
		return signed(exponent(strconv.FormatFloat(a, 'g', 4, 64)), v)
	}
	whole := int(math.Floor(math.Log10(a))) + 1
	return signed(strconv.FormatFloat(a, 'f', max(0, 4-whole), 64), v)
}

// numbers writes the values of a row alike, so that they can be compared at a glance: with as many decimals as give the
// greatest four significant digits and the least two, but no more than six.
func numbers(vs []float64) []string {
	lo, hi := math.Inf(1), 0.0
	for _, v := range vs {
		if a := math.Abs(v); !missing(v) && a > 0 {
			lo, hi = math.Min(lo, a), math.Max(hi, a)
		}
	}
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = number(v)
		if !missing(v) && hi > 0 && hi < 1e6 && lo >= 1e-4 {
			decimals := max(3-int(math.Floor(math.Log10(hi))), 1-int(math.Floor(math.Log10(lo))), 0)
			out[i] = signed(strconv.FormatFloat(math.Abs(v), 'f', min(decimals, 6), 64), v)
		}
	}
	return out
}

// signed puts a minus sign, which is as wide as a plus sign, before the digits of a negative value.
func signed(digits string, v float64) string {
	if v < 0 {
		return "−" + digits
	}
	return digits
}

// exponent shortens 1e+06 to 1e6 and 1e-06 to 1e-6.
func exponent(s string) string {
	mantissa, e, ok := strings.Cut(s, "e")
	if !ok {
		return s
	}
	sign := ""
	if e[0] == '-' {
		sign = "−"
	}
	return mantissa + "e" + sign + strings.TrimLeft(e[1:], "0")
}

// thousands writes 1234567 as "1 234 567", with narrow spaces that do not break.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// short makes a name fit for a picture: valid UTF-8 without control characters, at most n runes.
func short(s string, n int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}

// clean replaces what XML forbids in text, and what steers a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
