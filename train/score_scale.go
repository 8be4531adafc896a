package train

import (
	"fmt"
	"math"
	"strings"

	"lenz/datasets"
)

// Scales holds what MASE and RMSSE divide by: the errors of the naive forecast on the training part, for each series
// (section of a part, as Batch.Series numbers them) and target, in original units.
type Scales struct {
	Period int
	Abs    [][]float64 // mean |Y[t] - Y[t-Period]|, [series][target]; NaN where there is none
	Square [][]float64 // mean (Y[t] - Y[t-Period])^2, [series][target]; NaN where there is none
	Notes  []string    // which series have none, for people
}

// NaiveScales computes the scales of the sections of a part from the training rows of the same series, found by
// identity and otherwise by name; a series that was not trained on takes the mean over all training sections.
//
// Period 1 is the one-step naive forecast, as Hyndman & Koehler (2006, equation 3) scale MASE and the M5 competition
// RMSSE; a longer one is the seasonal naive forecast, as M4 scales the MASE of seasonal series. Period 0 takes the usual
// season of the series' frequency. One period serves both scores. Where the training rows never change, or are no more
// than a period, there is no scale: the series is left out of both scores, and a note says so, instead of an infinite
// score.
func NaiveScales(split datasets.Split, part datasets.Part, targets []string, period int) (Scales, error) {
	training, sections := split.Parts[datasets.Train], split.Parts[part]
	if period < 0 {
		return Scales{}, fmt.Errorf("train: a season of %d rows: give 1 for none, or its length", period)
	}
	if period == 0 {
		period = 1
		if len(sections) > 0 {
			period = max(1, sections[0].Series.Freq.Period())
		}
	}
	s := Scales{Period: period}
	var without []string
	for _, section := range sections {
		var abs, square []float64
		for _, target := range targets {
			a, q, err := naiveErrors(trainingOf(section, training), target, period)
			if err != nil {
				return Scales{}, err
			}
			if !(a > 0) {
				a, q = math.NaN(), math.NaN()
				without = append(without, strings.TrimSpace(section.Series.Name+" "+target))
			}
			abs, square = append(abs, a), append(square, q)
		}
		s.Abs, s.Square = append(s.Abs, abs), append(s.Square, square)
	}
	if n := len(without); n > 0 {
		if n > 3 {
			without = append(without[:3], fmt.Sprintf("and %d more", n-3))
		}
		s.Notes = append(s.Notes, fmt.Sprintf("mase and rmsse leave out %s: the training part is constant there, or no longer than a season of %d rows",
			strings.Join(without, ", "), period))
	}
	return s, nil
}

// trainingOf returns the training sections that belong to a section.
func trainingOf(s datasets.Section, training []datasets.Section) []datasets.Section {
	for _, t := range training {
		if t.Series == s.Series {
			return []datasets.Section{t}
		}
	}
	for _, t := range training {
		if t.Series.Name == s.Series.Name && s.Series.Name != "" {
			return []datasets.Section{t}
		}
	}
	return training
}

// naiveErrors returns the mean absolute and squared difference over a period, NaN without any pair. Missing values are
// passed over.
func naiveErrors(sections []datasets.Section, target string, period int) (abs, square float64, err error) {
	n := 0.0
	for _, s := range sections {
		y, err := s.Series.Column(target)
		if err != nil {
			return 0, 0, err
		}
		for t := s.From + period; t < s.To; t++ {
			d := y[t] - y[t-period]
			if math.IsNaN(d) {
				continue
			}
			abs, square, n = abs+math.Abs(d), square+d*d, n+1
		}
	}
	return abs / n, square / n, nil
}
