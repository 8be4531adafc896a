package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Keys of a piano, as MIDI note numbers.
const (
	lowestKey = 21
	pianoKeys = 88
)

// PianoRolls is polyphonic music: pieces of steps of the notes that sound (Boulanger-Lewandowski, Bengio, Vincent 2012).
type PianoRolls struct {
	Name               string
	Train, Valid, Test []Piece
}

// Piece is a list of steps, each a list of MIDI notes from 21 to 108.
type Piece [][]int

// ReadPianoRolls reads a JSON object of three lists of pieces, train, valid and test, plain or gzipped.
func ReadPianoRolls(path string) (*PianoRolls, error) {
	return readFile(path, ReadPianoRollsFrom)
}

// ReadPianoRollsFrom reads such an object from r; name is for errors.
func ReadPianoRollsFrom(r io.Reader, name string) (*PianoRolls, error) {
	var raw struct{ Train, Valid, Test []Piece }
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("datasets: %s: not piano rolls as JSON (train, valid, test; a piece is a list of steps, a step a list of notes): %w", name, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("datasets: %s: more follows after the JSON object of piano rolls", name)
	}
	p := &PianoRolls{Name: name, Train: raw.Train, Valid: raw.Valid, Test: raw.Test}
	if len(p.Train) == 0 {
		return nil, fmt.Errorf("datasets: %s has no pieces for training: want a list under \"train\"", name)
	}
	for _, part := range []struct {
		name   string
		pieces []Piece
	}{{"train", p.Train}, {"valid", p.Valid}, {"test", p.Test}} {
		for i, piece := range part.pieces {
			if err := piece.check(); err != nil {
				return nil, fmt.Errorf("datasets: %s: %s piece %d: %w", name, part.name, i, err)
			}
		}
	}
	return p, nil
}

func (p Piece) check() error {
	if len(p) == 0 {
		return errors.New("has no steps")
	}
	for t, notes := range p {
		for _, n := range notes {
			if n < lowestKey || n >= lowestKey+pianoKeys {
				return fmt.Errorf("step %d has the note %d, want %d to %d", t, n, lowestKey, lowestKey+pianoKeys-1)
			}
		}
	}
	return nil
}

// Table returns the steps of pieces as rows of 88 keys, 1 for those that sound.
func (p *PianoRolls) Table(pieces []Piece) (*Table, error) {
	t := Table{Name: p.Name, Columns: numbered("key", pianoKeys)}
	for _, piece := range pieces {
		t.Values = append(t.Values, piece.keys()...)
		t.Rows += len(piece)
	}
	return NewTable(t)
}

// Sequences returns pieces as sequences of 88 keys, each step's targets being the keys of the next. Pieces of one step are
// left out.
func (p *PianoRolls) Sequences(pieces []Piece) (*Sequences, error) {
	var items []Sequence
	for _, piece := range pieces {
		if len(piece) < 2 {
			continue
		}
		keys := make([]float64, len(piece)*pianoKeys)
		for i, v := range piece.keys() {
			keys[i] = float64(v)
		}
		items = append(items, Sequence{X: keys[:len(keys)-pianoKeys], Y: keys[pianoKeys:]})
	}
	names := numbered("key", pianoKeys)
	return NewSequences(Sequences{Name: p.Name, Inputs: names, Targets: names, PerStep: true}, items)
}

// keys returns the piece as [T, 88] zeros and ones.
func (p Piece) keys() []float32 {
	x := make([]float32, len(p)*pianoKeys)
	for t, notes := range p {
		for _, n := range notes {
			x[t*pianoKeys+n-lowestKey] = 1
		}
	}
	return x
}
