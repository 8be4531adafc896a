package report

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// Scores are the metrics of one model: name ("mae", "rmse", "coverage_80") -> value.
type Scores struct {
	Name   string
	Values map[string]float64
}

// Metrics is a table: a row a metric, a column a model. The first column is the model of the run, the others are
// its baselines.
type Metrics struct {
	Title   string // what was measured on: "test part, 60 rolling origins"
	Note    string
	Columns []string // names of model and baselines
	Rows    []Metric
}

// Metric is one row.
type Metric struct {
	Key    string    // the metric's name in files, such as "mae"
	Label  string    // the name people use, with its unit if it has one
	Goal   Goal      // which value is best
	Target float64   // the best value, for Nearest
	Values []float64 // one a column; NaN = not measured
}

// Goal says which value of a row is the best.
type Goal int

// What is best: nothing (a count, a width), the least, the greatest, or the nearest to Metric.Target.
const (
	Unranked Goal = iota
	Least
	Greatest
	Nearest
)

// known orders and names the metrics that the library computes.
var known = [...]struct {
	key, label string
	goal       Goal
}{
	{"mae", "MAE", Least}, {"mse", "MSE", Least}, {"rmse", "RMSE", Least},
	{"mase", "MASE", Least}, {"rmsse", "RMSSE", Least}, {"smape", "sMAPE", Least}, {"mape", "MAPE", Least},
	{"wape", "WAPE", Least}, {"skill", "Skill", Greatest},
	{"crps", "CRPS", Least}, {"pinball", "Pinball loss", Least}, {"wql", "Weighted quantile loss", Least}, {"winkler", "Interval score", Least},
	{"nll", "Negative log-likelihood", Least}, {"loss", "Loss", Least},
	{"cross_entropy", "Cross-entropy", Least}, {"accuracy", "Accuracy", Greatest}, {"f1", "F1", Greatest},
	{"coverage", "Coverage", Nearest}, {"width", "Interval width", Unranked},
	{"scaled_mse", "MSE, scaled", Least}, {"scaled_mae", "MAE, scaled", Least}, {"scaled_rmse", "RMSE, scaled", Least},
}

// Compare lays the scores of a model beside those of its baselines, in the customary order of metrics; metrics it
// does not know come last, by name, without a best one. A coverage's level is read from its name: coverage_80,
// coverage_0.8 and coverage@80 are best near 0.8; a coverage without a level has no best.
func Compare(title string, model Scores, baselines ...Scores) Metrics {
	m := Metrics{Title: title}
	all := append([]Scores{model}, baselines...)
	keys := map[string]bool{}
	for _, s := range all {
		m.Columns = append(m.Columns, s.Name)
		for k := range s.Values {
			keys[k] = true
		}
	}
	type ranked struct {
		rank int
		Metric
	}
	var rows []ranked
	for k := range keys {
		rank, row := describe(k)
		for _, s := range all {
			v, ok := s.Values[k]
			if !ok {
				v = math.NaN()
			}
			row.Values = append(row.Values, v)
		}
		rows = append(rows, ranked{rank, row})
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		if a.rank != b.rank {
			return a.rank < b.rank
		}
		return a.Key < b.Key
	})
	for _, r := range rows {
		m.Rows = append(m.Rows, r.Metric)
	}
	return m
}

// describe finds a metric's place, label and goal from its name.
func describe(key string) (rank int, m Metric) {
	m = Metric{Key: key, Label: key}
	stem, level, leveled := splitLevel(key)
	for i, k := range known {
		switch {
		case key == k.key:
			m.Label, m.Goal = k.label, k.goal
			if k.goal == Nearest { // without a level nobody knows what is near
				m.Goal = Unranked
			}
			return i, m
		case leveled && stem == k.key:
			m.Label, m.Goal, m.Target = fmt.Sprintf("%s, %s", k.label, percent(level)), k.goal, level
			return i, m
		}
	}
	return len(known), m
}

// splitLevel cuts "coverage_80" into "coverage" and 0.8.
func splitLevel(key string) (stem string, level float64, ok bool) {
	stem = strings.TrimRight(key, "0123456789.")
	level, err := strconv.ParseFloat(key[len(stem):], 64)
	if err != nil {
		return key, 0, false
	}
	if level > 1 {
		level /= 100
	}
	return strings.TrimRight(stem, "_@-"), level, level <= 1
}

// percent writes a probability as "80 %".
func percent(p float64) string {
	return strconv.FormatFloat(math.Round(p*1e6)/1e4, 'g', 4, 64) + " %"
}

// loss is how far a value is from the best there can be; smaller is better.
func (m Metric) loss(v float64) float64 {
	switch m.Goal {
	case Greatest:
		return -v
	case Nearest:
		return math.Abs(v - m.Target)
	}
	return v
}

// Best gives the columns that hold the row's best value (several when equal), none for an unranked row or where fewer
// than two values are known, since nothing is best alone.
func (m Metric) Best() []int {
	if m.Goal == Unranked {
		return nil
	}
	var best []int
	rivals := 0
	for i, v := range m.Values {
		if missing(v) {
			continue
		}
		rivals++
		if len(best) > 0 {
			d := m.loss(v) - m.loss(m.Values[best[0]])
			if d > 0 {
				continue
			}
			if d < 0 {
				best = best[:0]
			}
		}
		best = append(best, i)
	}
	if rivals < 2 {
		return nil
	}
	return best
}

// Outcome is how the model stands against its baselines.
type Outcome string

// The outcomes. Unknown: there is nothing to compare, or the model has no finite value.
const (
	Wins    Outcome = "wins"
	Ties    Outcome = "ties"
	Loses   Outcome = "loses"
	Unknown Outcome = "unknown"
)

// Verdict is the outcome and the sentence that says it.
type Verdict struct {
	Outcome Outcome
	Text    string
}

// Verdict compares the first column with the best of the others by the metric of the given key. A difference of less
// than half a per cent counts as a tie, since nothing is decided by it.
func (m Metrics) Verdict(key string) Verdict {
	for _, row := range m.Rows {
		if row.Key == key {
			return m.verdict(row)
		}
	}
	return Verdict{Unknown, fmt.Sprintf("No %s was measured, so the model cannot be compared.", key)}
}

func (m Metrics) verdict(row Metric) Verdict {
	model, v, label := m.Columns[0], row.Values[0], row.Label
	if row.Goal == Unranked {
		return Verdict{Unknown, fmt.Sprintf("%s has no best value, so it cannot decide.", label)}
	}
	if missing(v) {
		return Verdict{Unknown, fmt.Sprintf("%s has no finite %s.", model, label)}
	}
	best, count := -1, 0
	for i := 1; i < len(row.Values); i++ {
		if missing(row.Values[i]) {
			continue
		}
		count++
		if best < 0 || row.loss(row.Values[i]) < row.loss(row.Values[best]) {
			best = i
		}
	}
	if best < 0 {
		return Verdict{Unknown, fmt.Sprintf("%s: %s %s; there is no baseline to compare it with.", model, label, number(v))}
	}
	b := row.Values[best]
	ours, theirs := row.loss(v), row.loss(b)
	size := math.Abs(theirs)
	alike := numbers([]float64{v, b})
	against := fmt.Sprintf("%s %s against %s of %s", label, alike[0], alike[1], m.Columns[best])
	if row.Goal == Nearest {
		against += ", wanted " + number(row.Target)
	}
	gain := math.Abs(ours-theirs) / size
	share := ""
	if size > 0 && row.Goal != Nearest && !missing(gain) && gain < 10 {
		share = fmt.Sprintf(" (%s %% %s)", strconv.FormatFloat(100*gain, 'f', digitsFor(100*gain), 64),
			map[bool]string{true: "less", false: "more"}[v < b])
	}
	switch {
	case ours == theirs || gain < 0.005:
		return Verdict{Ties, fmt.Sprintf("%s is level with the best baseline: %s.", model, against)}
	case ours < theirs && count == 1:
		return Verdict{Wins, fmt.Sprintf("%s beats its baseline: %s%s.", model, against, share)}
	case ours < theirs:
		return Verdict{Wins, fmt.Sprintf("%s beats all %d baselines: %s%s.", model, count, against, share)}
	}
	return Verdict{Loses, fmt.Sprintf("%s does not beat the best baseline: %s%s.", model, against, share)}
}

// digitsFor gives a percentage one decimal when it is small.
func digitsFor(p float64) int {
	if p < 10 {
		return 1
	}
	return 0
}
