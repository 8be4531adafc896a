package datasets

import (
	"fmt"
	"slices"

	"lenz/internal/rng"
)

// Table is a set of rows without time, such as pictures or the answers of a questionnaire: what models of a
// distribution learn from.
type Table struct {
	Name    string
	Columns []string  // names of the V values of a row
	Rows    int       // number of rows
	Values  []float32 // [Rows, V]
	Labels  []int     // class of each row; nil without classes
	Classes int       // number of classes; 0 without
	// Height and Width are the shape of a picture, row-major, with Height*Width = V; 0 for rows that are none.
	Height, Width int
	// Bits tells that pictures were read from bytes of 0 and 1, which are black and white and not two shades of black.
	Bits bool

	idx bool // read from an IDX file
}

// NewTable checks the sizes, that all values are finite, and that the classes exist. It does not copy.
func NewTable(t Table) (*Table, error) {
	v := len(t.Columns)
	switch {
	case t.Rows < 1 || v < 1:
		return nil, fmt.Errorf("datasets: table %s has %d rows of %d values: give at least one of each", t.Name, t.Rows, v)
	case len(t.Values) != t.Rows*v:
		return nil, fmt.Errorf("datasets: table %s has %d values, want %d for %d rows of %d", t.Name, len(t.Values), t.Rows*v, t.Rows, v)
	case t.Height*t.Width != v && (t.Height != 0 || t.Width != 0):
		return nil, fmt.Errorf("datasets: table %s has pictures of %dx%d, but %d values in a row", t.Name, t.Height, t.Width, v)
	case t.Labels != nil && len(t.Labels) != t.Rows:
		return nil, fmt.Errorf("datasets: table %s has %d labels for %d rows", t.Name, len(t.Labels), t.Rows)
	case (t.Labels == nil) != (t.Classes == 0):
		return nil, fmt.Errorf("datasets: table %s has %d labels and %d classes: give both or neither", t.Name, len(t.Labels), t.Classes)
	}
	for i, x := range t.Values {
		if !finite(float64(x)) {
			return nil, fmt.Errorf("datasets: table %s: row %d, column %s is %v: give finite numbers", t.Name, i/v+1, t.Columns[i%v], x)
		}
	}
	for i, l := range t.Labels {
		if l < 0 || l >= t.Classes {
			return nil, fmt.Errorf("datasets: table %s: row %d has the label %d, want 0 to %d", t.Name, i+1, l, t.Classes-1)
		}
	}
	return &t, nil
}

// Row returns row i, a view of V values.
func (t *Table) Row(i int) []float32 {
	v := len(t.Columns)
	return t.Values[i*v : (i+1)*v : (i+1)*v]
}

// Binary makes sure that every value is 0 or 1, or says where the first other one is.
func (t *Table) Binary() error {
	for i, x := range t.Values {
		if x != 0 && x != 1 {
			v := len(t.Columns)
			return fmt.Errorf("%s: row %d, column %s is %v, want 0 or 1 in a binary table: threshold it first (Threshold; lenz train --binarize threshold, or sample), or take a model of real values",
				t.Name, i/v+1, t.Columns[i%v], x)
		}
	}
	return nil
}

// Threshold returns a binary table: 1 where a value is above the limit, 0 elsewhere.
func (t *Table) Threshold(limit float64) *Table {
	b := *t
	b.Values = make([]float32, len(t.Values))
	for i, x := range t.Values {
		if x > float32(limit) { // 153 of 255 is not above 0.6
			b.Values[i] = 1
		}
	}
	return &b
}

// Sample returns a binary table: each value is the chance of a 1, drawn once (as MNIST is for binary models: Salakhutdinov, Murray 2008). The seed
// and the place decide. It refuses values that are no chances.
func (t *Table) Sample(seed uint64) (*Table, error) {
	b, s := *t, rng.New(seed, "datasets.sample "+t.Name)
	b.Values = make([]float32, len(t.Values))
	for i, x := range t.Values {
		if x < 0 || x > 1 {
			v := len(t.Columns)
			return nil, fmt.Errorf("%s: row %d, column %s is %v, want a chance from 0 to 1 to sample by: scale the values, or threshold them", t.Name, i/v+1, t.Columns[i%v], x)
		}
		if s.Float64At(uint64(i)) < float64(x) {
			b.Values[i] = 1
		}
	}
	return &b, nil
}

// Slice returns rows from to to-1, a view.
func (t *Table) Slice(from, to int) (*Table, error) {
	if from < 0 || to > t.Rows || from >= to {
		return nil, fmt.Errorf("datasets: rows %d to %d of table %s, which has %d: want at least one row within", from, to, t.Name, t.Rows)
	}
	s, v := *t, len(t.Columns)
	s.Rows, s.Values = to-from, t.Values[from*v:to*v:to*v]
	if t.Labels != nil {
		s.Labels = t.Labels[from:to:to]
	}
	return &s, nil
}

// numbered returns the names v0, v1, ...
func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(prefix, i)
	}
	return names
}

// Tables are the parts of a set of rows. Valid and Test may be nil.
type Tables struct{ Train, Valid, Test *Table }

// TableSource gives the rows of a table in batches.
type TableSource struct {
	order
	table  *Table
	layout Layout
	batch  Batch
}

var _ Source = (*TableSource)(nil)

// Source returns the rows in batches of the size of the options (0 means 32), the last one smaller: X is [1, B, V], one time
// step. Y is the class, [B, 1], if there are classes, else absent; Mask is then ones, [B, 1], so that every row weighs 1.
func (t *Table) Source(o SourceOptions) (*TableSource, error) {
	if o.Batch < 0 || o.Limit < 0 || o.Stride != 0 {
		return nil, fmt.Errorf("datasets: batch %d, limit %d, stride %d: tables take no stride, and no size is negative", o.Batch, o.Limit, o.Stride)
	}
	if o.Batch == 0 {
		o.Batch = 32
	}
	l := Layout{Kind: PerSequence, Input: 1, Batch: o.Batch, Inputs: slices.Clone(t.Columns), Classes: t.Classes}
	if t.Classes > 0 {
		l.Targets, l.TargetInputs = []string{"class"}, []int{-1}
	}
	return &TableSource{order: newOrder(t.Rows, o.Batch, o), table: t, layout: l}, nil
}

// Layout describes the batches.
func (s *TableSource) Layout() Layout { return s.layout }

// Next returns the next batch, or false at the end of the epoch.
func (s *TableSource) Next() (Batch, bool) {
	rows := s.next()
	if len(rows) == 0 {
		return Batch{}, false
	}
	b, v := &s.batch, len(s.table.Columns)
	b.T, b.B = 1, len(rows)
	b.X.reshape(1, b.B, v)
	labelled := s.table.Classes > 0
	if labelled {
		b.Y.reshape(b.B, 1)
	} else {
		b.Mask.reshape(b.B, 1)
	}
	for k, i := range rows {
		row := b.X.Data[k*v : (k+1)*v]
		from := s.table.Row(i)[:len(row)]
		for j := range row {
			row[j] = float64(from[j])
		}
		if labelled {
			b.Y.Data[k] = float64(s.table.Labels[i])
		} else {
			b.Mask.Data[k] = 1
		}
	}
	return *b, true
}
