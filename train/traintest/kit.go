package traintest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"lenz/datasets"
	"lenz/internal/safetensors"
	"lenz/internal/state"
	"lenz/internal/statefile"
	"lenz/train"
)

// Learner checks that a learner and its data obey the contract of train.Stateful. build makes both from scratch, alike
// each time. Over so many steps, ends of epochs among them:
//   - two runs give the same bits;
//   - saved after any step, through the bytes of a checkpoint, and restored into a new one, the run gives the same
//     bits as one that was never stopped;
//   - a state that was given out is not changed by later steps, nor is a learner by changes of a state that it took;
//   - a state with any entry missing is refused with an error.
func Learner(t testing.TB, build func() (train.Learner, datasets.Source, error), steps int) {
	t.Helper()
	if err := learner(build, steps); err != nil {
		t.Error(err)
	}
}

func learner(build func() (train.Learner, datasets.Source, error), steps int) error {
	saved, want, err := reference(build, steps)
	if err != nil {
		return err
	}
	for k := range saved {
		r, err := newRunner(build)
		if err != nil {
			return err
		}
		r.epoch = saved[k].epoch
		if err := saved[k].restoreTo(r); err != nil {
			return fmt.Errorf("restored after step %d: %w", k, err)
		}
		for i := k; i <= steps; i++ {
			if i > k {
				if err := r.advance(); err != nil {
					return fmt.Errorf("restored after step %d, step %d: %w", k, i, err)
				}
			}
			got, err := r.print()
			if err != nil {
				return err
			}
			if got != want[i] {
				return fmt.Errorf("restored after step %d, the state after step %d differs from that of a run never stopped:\n%s", k, i, firstDifference(got, want[i]))
			}
		}
		r.close()
	}
	return missing(build, saved[len(saved)-1])
}

// reference runs twice without a stop; the second run must repeat the first. It returns the bytes of each state and
// what they print as.
func reference(build func() (train.Learner, datasets.Source, error), steps int) ([]snapshot, []string, error) {
	var saved []snapshot
	var prints []string
	var given []state.State
	for turn := range 2 {
		r, err := newRunner(build)
		if err != nil {
			return nil, nil, err
		}
		for i := range steps + 1 {
			if i > 0 {
				if err := r.advance(); err != nil {
					return nil, nil, fmt.Errorf("step %d: %w", i, err)
				}
			}
			p, err := r.print()
			if err != nil {
				return nil, nil, err
			}
			if turn == 1 {
				if p != prints[i] {
					return nil, nil, fmt.Errorf("two runs differ after step %d:\n%s", i, firstDifference(p, prints[i]))
				}
				continue
			}
			s := r.state()
			b, err := Encode(s)
			if err != nil {
				return nil, nil, err
			}
			saved = append(saved, snapshot{bytes: b, epoch: r.epoch})
			prints, given = append(prints, p), append(given, s)
		}
		r.close()
	}
	for i, s := range given {
		now, err := Encode(s)
		if err != nil {
			return nil, nil, err
		}
		if !bytes.Equal(now, saved[i].bytes) {
			return nil, nil, fmt.Errorf("the state given out after step %d was changed by later steps: State must copy", i)
		}
	}
	return saved, prints, nil
}

// missing checks that a state without one of its entries is refused.
func missing(build func() (train.Learner, datasets.Source, error), s snapshot) error {
	full, err := Decode(s.bytes)
	if err != nil {
		return err
	}
	inner, err := state.Get[state.State](full, "learner")
	if err != nil {
		return err
	}
	for _, key := range state.Keys(inner) {
		r, err := newRunner(build)
		if err != nil {
			return err
		}
		less := state.State{}
		for k, v := range inner {
			if k != key {
				less[k] = v
			}
		}
		if err := r.stateful.Restore(less); err == nil {
			return fmt.Errorf("a state without %q is taken without an error", key)
		}
		r.close()
	}
	return nil
}

// runner drives a learner as the trainer does, a step at a time.
type runner struct {
	learner  train.Learner
	stateful train.Stateful
	source   datasets.Source
	epoch    uint64
}

func newRunner(build func() (train.Learner, datasets.Source, error)) (*runner, error) {
	l, s, err := build()
	if err != nil {
		return nil, err
	}
	stateful, ok := l.(train.Stateful)
	if !ok {
		return nil, fmt.Errorf("the learner %T has no State and Restore", l)
	}
	s.Reset(0)
	return &runner{learner: l, stateful: stateful, source: s}, nil
}

// advance learns the next batch, going to the next epoch when there is none.
func (r *runner) advance() error {
	ctx := context.Background()
	b, ok := r.source.Next()
	if !ok {
		if _, err := r.learner.EndEpoch(ctx); err != nil {
			return err
		}
		if o, ok := r.learner.(train.LossObserver); ok {
			o.Observe(1) // never falls: schedules that wait for a plateau drop
		}
		r.epoch++
		r.source.Reset(r.epoch)
		if b, ok = r.source.Next(); !ok {
			return fmt.Errorf("epoch %d has no batch", r.epoch)
		}
	}
	_, err := r.learner.Learn(ctx, b)
	return err
}

func (r *runner) state() state.State {
	return state.State{"learner": r.stateful.State(), "data": r.source.State()}
}

// print is the state as text.
func (r *runner) print() (string, error) {
	b, err := Encode(r.state())
	return string(b), err
}

func (r *runner) close() { _ = r.learner.Close() }

// snapshot is a state as bytes.
type snapshot struct {
	bytes []byte
	epoch uint64
}

func (s snapshot) restoreTo(r *runner) error {
	full, err := Decode(s.bytes)
	if err != nil {
		return err
	}
	for key, part := range map[string]train.Stateful{"learner": r.stateful, "data": r.source} {
		saved, err := state.Get[state.State](full, key)
		if err != nil {
			return err
		}
		if err := part.Restore(saved); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	spoil(full)
	return nil
}

// spoil overwrites the slices of a state, so that a part which kept them instead of copying shows.
func spoil(s state.State) {
	for _, v := range s {
		switch v := v.(type) {
		case state.State:
			spoil(v)
		case []float64:
			for i := range v {
				v[i] = -12345
			}
		case []float32:
			for i := range v {
				v[i] = -12345
			}
		case []int:
			for i := range v {
				v[i] = -12345
			}
		case []uint64:
			clear(v)
		case []bool:
			for i := range v {
				v[i] = !v[i]
			}
		}
	}
}

// Bytes is a state as the bytes of a checkpoint, to compare two.
func Bytes(t testing.TB, s state.State) []byte {
	t.Helper()
	b, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Encode is the state as the bytes of a checkpoint, in one piece: the length of the tree, the tree, the tensors.
func Encode(s state.State) ([]byte, error) {
	tree, tensors, err := statefile.Encode(s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n", len(tree))
	b.Write(tree)
	err = safetensors.Write(&b, tensors, nil)
	return b.Bytes(), err
}

// Decode reads what Encode gave.
func Decode(b []byte) (state.State, error) {
	var n int
	if _, err := fmt.Sscanf(string(b), "%d\n", &n); err != nil {
		return nil, err
	}
	rest := b[bytes.IndexByte(b, '\n')+1:]
	tensors, _, err := safetensors.Read(bytes.NewReader(rest[n:]), int64(len(rest)-n))
	if err != nil {
		return nil, err
	}
	return statefile.Decode(rest[:n], tensors)
}

// firstDifference shows where two prints part.
func firstDifference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, min(i, len(s))-60):min(len(s), i+60)] }
	return fmt.Sprintf("at byte %d: got %q, want %q", i, cut(got), cut(want))
}
