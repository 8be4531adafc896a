package train_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/train"
)

// feed tells an observer of epochs with these validation losses, and returns the first answer and its epoch.
func feed(o train.Observer, losses ...float64) (int, error) {
	for i, v := range losses {
		if err := o.Observe(train.Event{Kind: train.EpochEnd, Epoch: i + 1, Train: train.Metrics{train.Loss: 1}, Valid: train.Metrics{train.Loss: v}}); err != nil {
			return i + 1, err
		}
	}
	return 0, nil
}

func TestEarlyStopping(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		patience int
		delta    float64
		losses   []float64
		want     int // epoch of the stop, 0 for none
	}{
		"falls":             {2, 0, []float64{5, 4, 3, 2, 1}, 0},
		"rises":             {2, 0, []float64{5, 4, 6, 4.5, 1}, 4},
		"the same":          {2, 0, []float64{5, 5, 5}, 3},
		"falls too little":  {2, 0.5, []float64{5, 4.6, 4.5, 4.4}, 3},
		"falls in the end":  {2, 0.5, []float64{5, 4.6, 4.4, 4.3, 4.2}, 5},
		"negative losses":   {1, 0, []float64{-1, -2, -3, -2.5}, 4},
		"never a number":    {3, 0, []float64{nan, nan, nan}, 3},
		"NaN is not better": {1, 0, []float64{5, nan}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := train.NewEarlyStopping(c.patience)
			s.MinDelta = c.delta
			if got, err := feed(s, c.losses...); got != c.want {
				t.Errorf("stopped after epoch %d (%v), want %d", got, err, c.want)
			}
		})
	}
	if _, err := feed(&train.EarlyStopping{Metric: "crps", Patience: 1}, 1); err == nil || !strings.Contains(err.Error(), `"crps"`) || !strings.Contains(err.Error(), "[loss]") {
		t.Errorf("unknown metric: %v", err)
	}
}

func TestBestWeights(t *testing.T) {
	m, _ := toy(t, 0.1)
	b := train.NewBestWeights(m.Params())
	if err := b.Apply(); err == nil {
		t.Error("there are best weights before any epoch")
	}
	for i, loss := range []float64{3, 1, 2} {
		if err := m.Params().SetFloats([]float64{float64(i), 0, 0}); err != nil {
			t.Fatal(err)
		}
		if err := b.Observe(train.Event{Kind: train.EpochEnd, Epoch: i + 1, Valid: train.Metrics{train.Loss: loss}}); err != nil {
			t.Fatal(err)
		}
	}
	again := train.NewBestWeights(m.Params())
	if err := again.Restore(b.State()); err != nil {
		t.Fatal(err)
	}
	if err := again.Apply(); err != nil {
		t.Fatal(err)
	}
	if got := m.Params().CopyFloats()[0]; got != 1 || again.Epoch() != 2 || again.Value() != 1 {
		t.Errorf("weight %v of epoch %d with loss %v, want those of epoch 2", got, again.Epoch(), again.Value())
	}
}

func TestMetricsLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	_, l := toy(t, 0.1)
	r, err := train.Fit(t.Context(), l, toyData(), train.Epochs(2), train.Watch(train.Every(2, train.Step, train.NewMetricsLog(path))))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(text), "\n"); first != "step,epoch,split,name,value,seconds" {
		t.Errorf("header %q", first)
	}
	rows, err := train.ReadMetrics(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, fmt.Sprintf("%d/%d %s %s", row.Epoch, row.Step, row.Split, row.Name))
	}
	var want []string
	for _, step := range []string{"0/2", "0/4", "1/5", "1/6", "1/8", "1/10", "2/10"} {
		prefix := " train batch_"
		if step == "1/5" || step == "2/10" {
			prefix = " train "
		}
		want = append(want, step+prefix+"gradient_norm", step+prefix+"loss", step+prefix+"rate")
		if prefix == " train " {
			want = append(want, step+" valid loss")
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if last := rows[len(rows)-1]; last.Value != r.Metrics["val_loss"] {
		t.Errorf("the last row says %v, the result %v", last.Value, r.Metrics["val_loss"])
	}
}

func TestReadMetricsRefuses(t *testing.T) {
	const header = "step,epoch,split,name,value,seconds\n"
	for name, c := range map[string]struct{ in, want string }{
		"empty":  {"", "EOF"},
		"header": {"step,epoch,split,name,value,minutes\n", "columns"},
		"ragged": {header + "1,2,train\n", "line 2"},
		"number": {header + "1,0,train,loss,1,1\n1,0,train,loss,low,1\n", "line 3"},
	} {
		if _, err := train.ReadMetrics(strings.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestMetricsLogThatWasTamperedWith(t *testing.T) {
	dir := t.TempDir()
	if _, err := newSession(t, dir).run(t.Context(), t, nil, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "metrics.csv")
	if err := os.Truncate(path, 200); err != nil {
		t.Fatal(err)
	}
	s := newSession(t, dir)
	from := latest(t, s.keep.Dir)
	if _, err := s.run(t.Context(), t, from, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("shortened: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s = newSession(t, dir)
	if r, err := s.run(t.Context(), t, from, nil); err != nil {
		t.Errorf("moved away: %+v, %v", r, err)
	}
}

func TestProgressInPlainLines(t *testing.T) {
	var b bytes.Buffer
	_, l := toy(t, 0.1)
	if _, err := train.Fit(t.Context(), l, toyData(), train.Epochs(2), train.Watch(train.NewProgress(&b))); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "epoch 1/2  step 5  train_loss ") || !strings.Contains(lines[1], "val_loss") ||
		!strings.Contains(lines[1], "  best  ") || !strings.HasPrefix(lines[2], "completed after 2 epochs, 10 steps, ") {
		t.Errorf("%q", b.String())
	}
	if strings.ContainsAny(b.String(), "\x1b\r") {
		t.Errorf("control characters in plain lines: %q", b.String())
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	lock, note, err := train.Lock(dir)
	if err != nil || note != "" {
		t.Fatal(note, err)
	}
	if _, _, err := train.Lock(dir); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("second lock: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Errorf("second release: %v", err)
	}
	if got := names(t, dir); len(got) > 0 {
		t.Errorf("the folder holds %v", got)
	}
	// What a killed process leaves behind.
	if err := os.WriteFile(filepath.Join(dir, ".lock"), []byte("4194999\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	lock, note, err = train.Lock(dir)
	if err != nil || !strings.Contains(note, "4194999") {
		t.Errorf("stale lock: note %q, error %v", note, err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	none := filepath.Join(dir, "none")
	if _, _, err := train.Lock(none); err == nil || !strings.Contains(err.Error(), none) {
		t.Errorf("no folder: %v", err)
	}
}
