package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Score is a named number that says how good forecasts are. Names, with their units:
//
//	mae, mse, rmse        errors of the point forecast, in the units of the target (squared for mse)
//	mase, rmsse           errors over those of the seasonal naive forecast on the training part; 1 is as good
//	smape                 symmetric percentage error, 0 to 200
//	wape                  sum of absolute errors over the sum of absolute values
//	scaled_mae, scaled_mse  errors in scaled units, over all windows, steps and columns, as papers on long forecasts give them
//	skill                 1 - mae / mae of a reference forecast: 0 is as good, 1 perfect
//	crps                  continuous ranked probability score, in the units of the target; of quantiles an approximation, see Scorer
//	pinball, wql          pinball loss, plain mean over the given levels; twice the sum of that over the sum of absolute values
//	coverage_80, width_80 share of the truth in the central 80% interval (should be 0.8), and the interval's mean width
//	accuracy, cross_entropy  for classes: share that is right, and mean -ln p of the right class
//
// Less is better, but for skill, accuracy and coverage.
type Score struct {
	Name  string
	Value float64
}

// Scores is a list of scores in the order to show them in. As JSON it is an object in that order; a value that is not
// finite (of a model that diverged) is null there, and NaN when it is read back.
type Scores []Score

// Get returns the score of the name, and whether there is one.
func (s Scores) Get(name string) (float64, bool) {
	for _, score := range s {
		if score.Name == name {
			return score.Value, true
		}
	}
	return math.NaN(), false
}

// Value returns the score of the name, NaN if there is none.
func (s Scores) Value(name string) float64 {
	v, _ := s.Get(name)
	return v
}

// Names returns the names in order.
func (s Scores) Names() []string {
	names := make([]string, len(s))
	for i, score := range s {
		names[i] = score.Name
	}
	return names
}

// Map returns the scores by name.
func (s Scores) Map() map[string]float64 {
	m := make(map[string]float64, len(s))
	for _, score := range s {
		m[score.Name] = score.Value
	}
	return m
}

// MarshalJSON writes an object in the order of the scores.
func (s Scores) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, score := range s {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(score.Name)
		if err != nil {
			return nil, err
		}
		value := []byte("null")
		if !math.IsNaN(score.Value) && !math.IsInf(score.Value, 0) {
			if value, err = json.Marshal(score.Value); err != nil {
				return nil, err
			}
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads an object of numbers and keeps its order.
func (s *Scores) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	open, err := d.Token()
	if err != nil {
		return fmt.Errorf("train: scores: %w", err)
	}
	if open == nil {
		*s = nil
		return nil
	}
	if open != json.Delim('{') {
		return fmt.Errorf("train: scores begin with %v, want an object of numbers", open)
	}
	list := Scores{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return fmt.Errorf("train: scores: %w", err)
		}
		var v *float64
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("train: score %v: %w", name, err)
		}
		if v == nil {
			nan := math.NaN()
			v = &nan
		}
		list = append(list, Score{Name: fmt.Sprint(name), Value: *v})
	}
	*s = list
	return nil
}
