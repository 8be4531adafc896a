package study

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
	"gonum.org/v1/gonum/stat/samplemv"

	"lenz/internal/near"
	"lenz/internal/rng"
)

// Scale says how the values of a range are spread.
type Scale string

// The scales.
const (
	Linear     Scale = "lin"    // evenly between the ends
	Log        Scale = "log"    // evenly in the logarithm
	Integer    Scale = "int"    // whole numbers, both ends included
	LogInteger Scale = "logint" // whole numbers, evenly in the logarithm
	Choice     Scale = "choice" // one of several texts
)

var scales = []string{string(Linear), string(Log), string(Integer), string(LogInteger), string(Choice)}

// mostWhole bounds whole numbers: beyond it their fractions of a range are no longer exact.
const mostWhole = 1 << 52

// Range is where one setting is searched.
type Range struct {
	Name    string   `json:"name" toml:"name"`
	Scale   Scale    `json:"scale" toml:"scale"`
	Low     float64  `json:"low" toml:"low"`
	High    float64  `json:"high" toml:"high"`
	Choices []string `json:"choices,omitempty" toml:"choices,omitempty"` // of a Choice
}

// Space is what a contender's trials are drawn from: a box of ranges. An empty one leaves nothing to tune.
type Space []Range

// ParseRange reads NAME=SCALE:LOW:HIGH, such as rate=log:1e-4:1e-1 or hidden=int:16:128, or NAME=choice:A|B|C.
func ParseRange(text string) (Range, error) {
	name, rest, ok := strings.Cut(text, "=")
	scale, ends, colon := strings.Cut(rest, ":")
	r := Range{Name: strings.TrimSpace(name), Scale: Scale(strings.TrimSpace(scale))}
	if !ok || !colon || r.Name == "" {
		return r, fmt.Errorf("search range %q: want NAME=SCALE:LOW:HIGH such as rate=log:1e-4:1e-1, or NAME=choice:A|B", text)
	}
	if !slices.Contains(scales, string(r.Scale)) {
		return r, fmt.Errorf("search range %q: the scale %q is unknown: the scales are %s%s", text, scale, strings.Join(scales, ", "), near.Suggest(scale, scales))
	}
	if r.Scale == Choice {
		r.Choices = strings.Split(ends, "|")
		return r, r.Check()
	}
	low, high, colon := strings.Cut(ends, ":")
	var err, err2 error
	r.Low, err = strconv.ParseFloat(strings.TrimSpace(low), 64)
	r.High, err2 = strconv.ParseFloat(strings.TrimSpace(high), 64)
	if !colon || err != nil || err2 != nil {
		return r, fmt.Errorf("search range %q: want two numbers after the scale, such as %s:1e-4:1e-1", text, r.Scale)
	}
	return r, r.Check()
}

// String returns what ParseRange reads.
func (r Range) String() string {
	if r.Scale == Choice {
		return r.Name + "=choice:" + strings.Join(r.Choices, "|")
	}
	return fmt.Sprintf("%s=%s:%s:%s", r.Name, r.Scale, Number(r.Low).text(), Number(r.High).text())
}

// Check refuses ranges that hold nothing.
func (r Range) Check() error {
	whole := r.Scale == Integer || r.Scale == LogInteger
	switch {
	case r.Scale == Choice && (len(r.Choices) == 0 || slices.Contains(r.Choices, "")):
		return fmt.Errorf("search range %s is empty: want choices such as %s=choice:A|B", r.Name, r.Name)
	case r.Scale == Choice:
		return nil
	case !slices.Contains(scales, string(r.Scale)):
		return fmt.Errorf("search range %s has the scale %q: the scales are %s", r.Name, r.Scale, strings.Join(scales, ", "))
	case !finite(r.Low) || !finite(r.High) || r.Low >= r.High:
		return fmt.Errorf("search range %s is empty: it goes from %v to %v, want a lower and a higher number", r.Name, r.Low, r.High)
	case (r.Scale == Log || r.Scale == LogInteger) && r.Low <= 0:
		return fmt.Errorf("search range %s is logarithmic and begins at %v: want a number above 0, or %s=%s:%v:%v", r.Name, r.Low, r.Name, Linear, r.Low, r.High)
	case whole && (r.Low != math.Trunc(r.Low) || r.High != math.Trunc(r.High)):
		return fmt.Errorf("search range %s is of whole numbers and goes from %v to %v: want whole ends", r.Name, r.Low, r.High)
	case whole && (math.Abs(r.Low) > mostWhole || math.Abs(r.High) > mostWhole):
		return fmt.Errorf("search range %s goes from %v to %v: want whole numbers within %d", r.Name, r.Low, r.High, int64(mostWhole))
	}
	return nil
}

// At returns the value at u in [0, 1), as text.
func (r Range) At(u float64) string {
	low, high := r.Low, r.High
	switch r.Scale {
	case Choice:
		return r.Choices[min(int(u*float64(len(r.Choices))), len(r.Choices)-1)]
	case Integer:
		return strconv.Itoa(int(min(high, low+math.Floor(u*(high-low+1)))))
	case LogInteger: // each whole number k gets the logarithmic length of [k, k+1)
		return strconv.Itoa(int(min(high, math.Floor(low*math.Pow((high+1)/low, u)))))
	case Log:
		return Number(low * math.Pow(high/low, u)).text()
	}
	return Number(low + u*(high-low)).text()
}

// Decades is the length of a logarithmic range in powers of ten, 0 for others.
func (r Range) Decades() float64 {
	if r.Scale != Log {
		return 0
	}
	return math.Log10(r.High / r.Low)
}

// find returns the range of the name.
func (s Space) find(name string) (Range, bool) {
	i := slices.IndexFunc(s, func(r Range) bool { return r.Name == name })
	if i < 0 {
		return Range{}, false
	}
	return s[i], true
}

// Sampler says how trial points are drawn.
type Sampler string

// The samplers; an empty one is Quasirandom.
const (
	// Quasirandom points are the first of a Halton sequence, scrambled by the stream (Owen 2017, "A randomized Halton algorithm in R"): they
	// cover the space evenly, whatever their number is.
	Quasirandom Sampler = "quasirandom"
	// Random points are independent of each other (Bergstra & Bengio 2012).
	Random Sampler = "random"
)

var samplers = []string{string(Quasirandom), string(Random)}

// say describes the points for a report.
func (s Sampler) say() string {
	if s == Random {
		return "at independent random points"
	}
	return "at the points of a scrambled Halton sequence"
}

// Points returns n points of the space, each a value for every range. More of them begin with the same. An empty space has one point.
func (s Space) Points(sampler Sampler, n int, stream *rng.Stream) []map[string]string {
	if len(s) == 0 {
		return []map[string]string{{}}
	}
	draw := unitPoints
	if sampler == Random {
		draw = randomPoints
	}
	u := draw(n, len(s), stream)
	points := make([]map[string]string, n)
	for i := range points {
		points[i] = make(map[string]string, len(s))
		for j, r := range s {
			points[i][r.Name] = r.At(u.At(i, j))
		}
	}
	return points
}

// randomPoints returns n independent points of the unit cube in d dimensions, [n, d].
func randomPoints(n, d int, stream *rng.Stream) *mat.Dense {
	r, u := rand.New(stream), mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			u.Set(i, j, r.Float64())
		}
	}
	return u
}

// unitPoints returns n points of a Halton sequence in the unit cube of d dimensions, [n, d].
func unitPoints(n, d int, stream *rng.Stream) *mat.Dense {
	u := mat.NewDense(n, d, nil)
	samplemv.Halton{Kind: samplemv.Owen, Q: distmv.NewUnitUniform(d, nil), Src: stream}.Sample(u)
	return u
}
