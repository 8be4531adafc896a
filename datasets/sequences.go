package datasets

import (
	"fmt"
	"slices"
)

// Sequence is one item of a set of whole sequences.
type Sequence struct {
	X []float64 // inputs, [T, I]
	Y []float64 // targets: [D] for one label a sequence, [T, D] for one label a step
	// Weight is the weight of each step's targets, [T], or of the sequence's, [1]; nil means ones.
	Weight []float64
}

// Sequences is a set of whole sequences, with one label each or one label a step: what the synthetic tasks and
// classification learn from. Lengths may differ.
type Sequences struct {
	Name    string
	Inputs  []string // names of the I inputs
	Targets []string // names of the D targets
	PerStep bool     // one label a step instead of one a sequence
	Classes int      // number of classes, with D = 1 and the class's index as label; 0 for numbers
	Count   int      // number of sequences
	Longest int      // length of the longest
	// Item gives sequence i of an epoch. It must depend on nothing but its arguments, and leave what it gave alone; a
	// fixed set ignores the epoch.
	Item func(epoch uint64, i int) Sequence
}

// NewSequences returns a fixed set that holds the items (not copied). Each must agree with the set's names in its
// sizes, and have finite values and classes that exist.
func NewSequences(set Sequences, items []Sequence) (*Sequences, error) {
	set.Count, set.Longest = len(items), 0
	for i, item := range items {
		steps, err := set.check(item)
		if err != nil {
			return nil, fmt.Errorf("datasets: sequence %d of %s: %w", i, set.Name, err)
		}
		set.Longest = max(set.Longest, steps)
	}
	if set.Count == 0 {
		return nil, fmt.Errorf("datasets: %s has no sequences: give at least one", set.Name)
	}
	set.Item = func(_ uint64, i int) Sequence { return items[i] }
	return &set, nil
}

// check returns the number of steps of an item.
func (s *Sequences) check(item Sequence) (int, error) {
	inputs, targets := len(s.Inputs), len(s.Targets)
	if inputs == 0 || targets == 0 {
		return 0, fmt.Errorf("the set names %d inputs and %d targets: name at least one of each", inputs, targets)
	}
	if s.Classes > 0 && targets != 1 {
		return 0, fmt.Errorf("%d targets with %d classes: classification has one", targets, s.Classes)
	}
	steps := len(item.X) / inputs
	labels := 1
	if s.PerStep {
		labels = steps
	}
	switch {
	case steps == 0 || len(item.X) != steps*inputs:
		return 0, fmt.Errorf("%d input values are no whole number of steps of %d", len(item.X), inputs)
	case len(item.Y) != labels*targets:
		return 0, fmt.Errorf("%d labels, want %d", len(item.Y), labels*targets)
	case item.Weight != nil && len(item.Weight) != labels:
		return 0, fmt.Errorf("%d weights, want %d", len(item.Weight), labels)
	}
	for _, v := range item.X {
		if !finite(v) {
			return 0, fmt.Errorf("an input is %v: give finite numbers", v)
		}
	}
	for _, v := range item.Y {
		if !finite(v) {
			return 0, fmt.Errorf("a label is %v: give finite numbers", v)
		}
		if s.Classes > 0 && (v != float64(int(v)) || v < 0 || int(v) >= s.Classes) {
			return 0, fmt.Errorf("the label %v is no class of 0 to %d", v, s.Classes-1)
		}
	}
	return steps, nil
}

func finite(v float64) bool { return v-v == 0 }

// Layout describes the batches of a batch size.
func (s *Sequences) layout(batch int) Layout {
	kind := PerSequence
	if s.PerStep {
		kind = PerStep
	}
	l := Layout{Kind: kind, Input: s.Longest, Batch: batch, Inputs: s.Inputs, Targets: s.Targets, Classes: s.Classes}
	for _, t := range s.Targets {
		l.TargetInputs = append(l.TargetInputs, slices.Index(s.Inputs, t))
	}
	return l
}

// SequenceSource gives batches of whole sequences.
type SequenceSource struct {
	order
	set    *Sequences
	layout Layout
	batch  Batch
	items  []Sequence
}

var _ Source = (*SequenceSource)(nil)

// Source returns the sequences in batches of the size of the options (0 means 32), the last one smaller. Stride is not used
// and must be 0. A batch is as long as its longest sequence; Lengths tells where they differ, and Mask is zero past the
// ends.
func (s *Sequences) Source(o SourceOptions) (*SequenceSource, error) {
	if o.Batch < 0 || o.Limit < 0 || o.Stride != 0 {
		return nil, fmt.Errorf("datasets: batch %d, limit %d, stride %d: whole sequences take no stride, and no size is negative", o.Batch, o.Limit, o.Stride)
	}
	if o.Batch == 0 {
		o.Batch = 32
	}
	return &SequenceSource{order: newOrder(s.Count, o.Batch, o), set: s, layout: s.layout(o.Batch)}, nil
}

// Layout describes the batches.
func (s *SequenceSource) Layout() Layout { return s.layout }

// Next returns the next batch, or false at the end of the epoch.
func (s *SequenceSource) Next() (Batch, bool) {
	numbers := s.next()
	if len(numbers) == 0 {
		return Batch{}, false
	}
	inputs := len(s.set.Inputs)
	s.items = s.items[:0]
	b := &s.batch
	b.T, b.B = 0, len(numbers)
	ragged, weighted := false, false
	for _, i := range numbers {
		item := s.set.Item(s.epoch, i)
		s.items = append(s.items, item)
		steps := len(item.X) / inputs
		ragged = ragged || b.T > 0 && steps != b.T
		weighted = weighted || item.Weight != nil
		b.T = max(b.T, steps)
	}
	b.X.reshape(b.T, b.B, inputs)
	labels := 1
	if s.set.PerStep {
		labels = b.T
		b.Y.reshape(b.T, b.B, len(s.set.Targets))
	} else {
		b.Y.reshape(b.B, len(s.set.Targets))
	}
	b.Mask, b.Lengths = Array{Shape: b.Mask.Shape[:0], Data: b.Mask.Data}, nil
	if weighted || ragged && s.set.PerStep {
		b.Mask.reshape(b.Y.Shape...)
	}
	if ragged {
		b.Lengths = make([]int, b.B)
	}
	for k, item := range s.items {
		s.place(k, labels, item)
	}
	return *b, true
}

// place copies an item into sequence k of the batch.
func (s *SequenceSource) place(k, labels int, item Sequence) {
	b, inputs, targets := &s.batch, len(s.set.Inputs), len(s.set.Targets)
	steps := len(item.X) / inputs
	if b.Lengths != nil {
		b.Lengths[k] = steps
	}
	for t := range steps {
		copy(b.X.Data[(t*b.B+k)*inputs:][:inputs], item.X[t*inputs:])
	}
	for t := range min(labels, len(item.Y)/targets) {
		at := (t*b.B + k) * targets
		copy(b.Y.Data[at:][:targets], item.Y[t*targets:])
		if b.Mask.IsZero() {
			continue
		}
		weight := 1.0
		if item.Weight != nil {
			weight = item.Weight[t]
		}
		for j := range targets {
			b.Mask.Data[at+j] = weight
		}
	}
}
