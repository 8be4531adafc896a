package models

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"lenz/datasets"
)

// SpecVersion is the version of Spec that this library writes.
const SpecVersion = 1

// Spec is all that a saved model needs beside its weights to be used again, without the code that trained it. It is
// written as JSON into the metadata of model.safetensors.
type Spec struct {
	Version  int               `json:"version"`
	Model    string            `json:"model"`    // name in the catalog
	Settings map[string]string `json:"settings"` // all of them, as text
	Seed     uint64            `json:"seed"`
	Layout   datasets.Layout   `json:"layout"`
	// Window says how windows are cut; its Horizon is what is forecast.
	Window datasets.WindowSpec `json:"window"`
	// Scaler takes the columns to the model's units and back; nil for labels without one.
	Scaler *datasets.Scaler `json:"scaler,omitempty"`
	// Conformal widens point forecasts to intervals; nil without.
	Conformal *Conformal `json:"conformal,omitempty"`
	// History is the end of each training series, from which a forecast without new data goes on.
	History []History `json:"history,omitempty"`
}

// History is the end of a series, in original units.
type History struct {
	Name    string      `json:"name"`
	Columns []string    `json:"columns"`
	Values  [][]float64 `json:"values"`          // [column][row]
	Freq    string      `json:"freq"`            // datasets.Frequency as text
	Last    *time.Time  `json:"last,omitempty"`  // time of the last row; nil without time stamps
	First   int         `json:"first,omitempty"` // number of the first row in the series
}

// NewHistory keeps the last rows of a series (all, if there are fewer), which must have no missing values.
func NewHistory(s *datasets.Series, rows int) (History, error) {
	from := max(0, s.Rows()-rows)
	h := History{Name: s.Name, Columns: s.Columns, Freq: s.Freq.String(), First: s.Number() + from}
	s = s.Slice(from, s.Rows())
	for c, column := range s.Values {
		for row, v := range column {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return h, fmt.Errorf("models: column %q of %s is %v at %s; a history has no missing values: resolve them first", s.Columns[c], s.Name, v, s.Label(row))
			}
		}
		h.Values = append(h.Values, append([]float64{}, column...))
	}
	if s.HasTime() && s.Rows() > 0 {
		last := s.Time(s.Rows() - 1)
		h.Last = &last
	}
	return h, nil
}

// Series returns the history as a series; its future has the times that the original's had.
func (h History) Series() (*datasets.Series, error) {
	s, err := datasets.NewSeries(h.Name, h.Columns, h.Values)
	if err != nil {
		return nil, err
	}
	if h.Last == nil {
		return s.Numbered(h.First), nil
	}
	freq, err := datasets.ParseFrequency(h.Freq)
	if err != nil {
		return nil, err
	}
	return s.Starting(freq.Add(*h.Last, 1-s.Rows()), freq), nil
}

// metadataKey is where the specification stands in a file's metadata.
const metadataKey = "lenz"

func (s Spec) encode() (string, error) {
	s.Version = SpecVersion
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("models: writing the specification: %w", err)
	}
	return string(text), nil
}

func decodeSpec(path string, metadata map[string]string) (Spec, error) {
	var s Spec
	text, ok := metadata[metadataKey]
	if !ok {
		return s, fmt.Errorf("models: %s holds weights without a specification: it was not saved by a run; train with these as initial weights instead", path)
	}
	var kind struct { // known before the rest, which another version may write otherwise
		Version int `json:"version"`
	}
	if err := json.Unmarshal([]byte(text), &kind); err != nil {
		return s, fmt.Errorf("models: %s: the specification in the metadata: %w", path, err)
	}
	if kind.Version != SpecVersion {
		return s, fmt.Errorf("models: %s has a specification of version %d, this library reads version %d: use the lenz that wrote it", path, kind.Version, SpecVersion)
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("models: %s: the specification in the metadata: %w", path, err)
	}
	return s, nil
}
