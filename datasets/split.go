package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Part is the use that a stretch of data is for.
type Part int

// The parts of a split.
const (
	Train Part = iota // to learn from
	Valid             // to choose settings and the best epoch by
	Test              // to look at once
)

// String returns "train", "valid" or "test".
func (p Part) String() string { return [...]string{"train", "valid", "test"}[p] }

// Section is a stretch of a series: the rows From <= row < To. Targets of its windows lie inside; their inputs may
// reach back before From, down to the series' first row.
type Section struct {
	Series   *Series
	From, To int
}

// Rows returns the number of rows of the section.
func (s Section) Rows() int { return s.To - s.From }

// Split holds the sections of each part, one a series, in the order of the series.
type Split struct {
	Parts [3][]Section
}

// SplitSpec says how a series is cut in time: by fractions of its rows, or by counts of rows from its start.
type SplitSpec struct {
	Train, Valid, Test float64
	// Counts says that the numbers are rows; rows past their sum are left out.
	Counts bool
}

// DefaultSplit returns 70% for training, then 15% for validation, then 15% for testing.
func DefaultSplit() SplitSpec { return SplitSpec{Train: 0.7, Valid: 0.15, Test: 0.15} }

// ParseSplit reads "0.7,0.15,0.15" (fractions, with a sum of at most 1) or "8640,2880,2880" (counts of rows).
func ParseSplit(text string) (SplitSpec, error) {
	fail := func(why string) (SplitSpec, error) {
		return SplitSpec{}, fmt.Errorf("datasets: split %q %s: give three fractions such as 0.7,0.15,0.15 or three counts of rows such as 8640,2880,2880", text, why)
	}
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return fail(fmt.Sprintf("has %d parts", len(fields)))
	}
	var v [3]float64
	for i, f := range fields {
		x, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
			return fail(fmt.Sprintf("has %q, which is no size", f))
		}
		v[i] = x
	}
	spec := SplitSpec{Train: v[0], Valid: v[1], Test: v[2]}
	if v[0] == 0 {
		return fail("leaves nothing to train on")
	}
	spec.Counts = v[0] >= 1 && v[0]+v[1]+v[2] > 1
	if err := spec.check(); err != nil {
		return fail(err.Error())
	}
	return spec, nil
}

func (p SplitSpec) check() error {
	sum := p.Train + p.Valid + p.Test
	for _, v := range []float64{p.Train, p.Valid, p.Test} {
		if p.Counts && v != math.Trunc(v) {
			return fmt.Errorf("mixes counts and fractions")
		}
	}
	if !p.Counts && sum > 1+1e-9 {
		return fmt.Errorf("adds up to %.6g of the rows", sum)
	}
	return nil
}

// String returns what ParseSplit reads.
func (p SplitSpec) String() string {
	f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return f(p.Train) + "," + f(p.Valid) + "," + f(p.Test)
}

// Cut cuts each series in time, by itself. It fails if counts ask for more rows than a series has.
func (p SplitSpec) Cut(series ...*Series) (Split, error) {
	var split Split
	if err := p.check(); err != nil {
		return split, fmt.Errorf("datasets: the split %v %w", p, err)
	}
	for _, s := range series {
		n := float64(s.Rows())
		a, b, c := p.Train, p.Train+p.Valid, p.Train+p.Valid+p.Test
		if !p.Counts {
			a, b, c = math.Round(n*a), math.Round(n*b), min(n, math.Round(n*c))
		}
		if c > n {
			return split, fmt.Errorf("%s has %d rows, the split %v asks for %.0f: ask for fewer, or use fractions", s.place(), s.Rows(), p, c)
		}
		split.add(Train, Section{s, 0, int(a)})
		split.add(Valid, Section{s, int(a), int(b)})
		split.add(Test, Section{s, int(b), int(c)})
	}
	return split, nil
}

func (s *Split) add(p Part, section Section) { s.Parts[p] = append(s.Parts[p], section) }

// SplitFiles makes whole series the parts: training, validation and testing have series of their own. A list may be
// empty. All series must have the same columns.
func SplitFiles(train, valid, test []*Series) (Split, error) {
	var split Split
	for p, list := range [][]*Series{train, valid, test} {
		for _, s := range list {
			if len(train) > 0 {
				for _, c := range train[0].Columns {
					if _, err := s.Index(c); err != nil {
						return Split{}, fmt.Errorf("%w: the %v series needs the columns of the training series", err, Part(p))
					}
				}
			}
			split.add(Part(p), Section{s, 0, s.Rows()})
		}
	}
	return split, nil
}
