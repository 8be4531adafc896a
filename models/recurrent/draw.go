package recurrent

import (
	"fmt"
	"io"

	"lenz/datasets"
)

// WriteDOT draws the program that the model learns a batch of the layout with, as a Graphviz file.
func (m *Model) WriteDOT(w io.Writer) error {
	l := m.layout
	k := key{use: learn, form: direct, T: max(1, l.Input), B: max(1, l.Batch), member: -1}
	switch {
	case l.Kind == datasets.PerStep:
		k.form = steps
	case l.Kind == datasets.PerSequence:
		k.form = sequence
	case m.recursive():
		k.form, k.T, k.skip = steps, l.Input+l.Horizon-1, l.Input-1
	}
	p, err := m.program(k)
	if err != nil {
		return err
	}
	if err := p.WriteDOT(w); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return nil
}
