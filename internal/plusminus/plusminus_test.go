package plusminus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		value, err float64
		want       string
	}{
		{5.06551, 0.1, "5.07 +- 0.10"},
		{2.2664, 0.00163, "2.2664 +- 0.0016"},
		{-0.763512, 0.0011, "-0.7635 +- 0.0011"},
		{1, 0.0996, "1.00 +- 0.10"}, // rounding up leaves two digits
		{1, 0.00995, "1.000 +- 0.010"},
		{12.345, 3.21, "12.3 +- 3.2"},
		{12345, 1234, "12300 +- 1200"},
		{0.2, 35, "0 +- 35"},
		{0.3, 1.24, "0.3 +- 1.2"},
		{12.6, 10, "13 +- 10"},
		{99.96, 9.96, "100 +- 10"},
		{0, 0.25, "0.00 +- 0.25"},
		{1.2344e-8, 1.2e-10, "(1.234 +- 0.012)e-08"},
		{3.14159e9, 2e7, "(3.142 +- 0.020)e+09"},
		{5.06551234, 0, "5.06551"},
		{5.06551234, math.NaN(), "5.06551"},
		{5.06551234, math.Inf(1), "5.06551"},
		{math.Inf(-1), 1, "-Inf"},
		{math.NaN(), 1, "-"},
	} {
		if got := Text(c.value, c.err); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.value, c.err, got, c.want)
		}
	}
}

// What is written lies within half a unit of the last place of what was meant, and both numbers end at the same place.
func TestTextKeepsTheValue(t *testing.T) {
	r := rand.New(rand.NewPCG(2026, 3))
	for range 20000 {
		value, err := r.NormFloat64()*math.Pow(10, 6*r.Float64()-3), math.Pow(10, 7*r.Float64()-4)
		text := Text(value, err)
		if strings.Contains(text, "e") {
			continue
		}
		var v, e float64
		var a, b string
		if n, bad := fmt.Sscanf(text, "%s +- %s", &a, &b); n != 2 || bad != nil {
			t.Fatalf("%q: %v", text, bad)
		}
		if _, bad := fmt.Sscan(a+" "+b, &v, &e); bad != nil {
			t.Fatal(bad)
		}
		unit := math.Pow(10, math.Floor(math.Log10(e)+1e-9)-1) // a hundredth to a tenth of the error
		if math.Abs(v-value) > 0.5001*unit || math.Abs(e-err) > 0.5001*unit || decimals(a) != decimals(b) {
			t.Errorf("%v +- %v is written as %s", value, err, text)
		}
	}
}

func decimals(text string) int {
	_, after, _ := strings.Cut(text, ".")
	return len(after)
}
