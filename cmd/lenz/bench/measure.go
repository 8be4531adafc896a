package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"lenz/internal/memory"
	"lenz/internal/safetensors"
)

// Options say how to time.
type Options struct {
	Threads int // of Go's scheduler, and so of all kernels
	Reps    int // timed runs
	Warmup  int // runs before them, and more until warmTime has passed; 0 for none
	Dump    string
	AllReps bool // also of long work, which has fewer by itself
}

// Check refuses options that are out of bounds.
func (o Options) Check() error {
	switch {
	case o.Threads < 1:
		return fmt.Errorf("--threads is %d; it is at least 1", o.Threads)
	case o.Reps < 1:
		return fmt.Errorf("--reps is %d; it is at least 1", o.Reps)
	case o.Warmup < 0:
		return fmt.Errorf("--warmup is %d; it is at least 0", o.Warmup)
	}
	return nil
}

// Result is what was measured; its JSON is one flat object.
type Result struct {
	Name                   string
	Case                   Case
	Threads, Reps          int
	MedianMS, MinMS, MaxMS float64
	Rates                  []Rate // at the median, in units a second
	Footprint              int
	ShareName              string  // the rate that Share is of; "" for none
	Share, Roof            float64 // of what this machine can do
	Describe               string
	Version                string
}

// MarshalJSON puts sizes and rates beside the times.
func (r Result) MarshalJSON() ([]byte, error) {
	o := map[string]any{
		"name": r.Name, "peer": "lenz " + r.Version, "threads": r.Threads, "reps": r.Reps,
		"median_ms": r.MedianMS, "min_ms": r.MinMS, "max_ms": r.MaxMS,
	}
	for name, v := range r.Case.Sizes {
		o[name] = v
	}
	if r.Case.Dtype != "" {
		o["dtype"] = r.Case.Dtype
	}
	for _, rate := range r.Rates {
		o[rate.Name] = rate.PerRun
	}
	if r.ShareName != "" {
		o["share_of_peak"] = r.Share
	}
	return json.Marshal(o)
}

// Run prepares and times one case. With Options.Dump it first writes what goes in and comes out to that file.
func (b Bench) Run(c Case, o Options) (r Result, err error) {
	if err := o.Check(); err != nil {
		return r, err
	}
	if c, err = b.Complete(c); err != nil {
		return r, err
	}
	if err := b.fits(c); err != nil {
		return r, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(o.Threads))
	w, err := b.Prepare(c)
	if err != nil {
		return r, fmt.Errorf("bench %s: %w", b.Name, err)
	}
	if w.Close != nil {
		defer func() { err = errors.Join(err, w.Close()) }()
	}
	if o.Dump != "" {
		if err := dump(o.Dump, b.Name, c, w); err != nil {
			return r, err
		}
	}
	times, err := w.times(o)
	if err != nil {
		return r, fmt.Errorf("bench %s: %w", b.Name, err)
	}
	r = Result{
		Name: b.Name, Case: c, Threads: o.Threads, Reps: len(times), Footprint: w.Footprint, Describe: b.Describe(c),
		MedianMS: times[len(times)/2], MinMS: times[0], MaxMS: times[len(times)-1],
	}
	for _, rate := range w.Rates {
		r.Rates = append(r.Rates, Rate{rate.Name, rate.PerRun / r.MedianMS * 1e3, rate.Spared / r.MedianMS * 1e3})
	}
	return r, nil
}

// fits refuses sizes that the machine cannot hold.
func (b Bench) fits(c Case) error {
	if b.Memory == nil {
		return nil
	}
	const giga = 1 << 30
	if need, free := b.Memory(c.Sizes), memory.Free(); free > 0 && need > free {
		return fmt.Errorf("bench %s with %s needs about %.3g GB of memory, %.3g GB are free: take smaller sizes", b.Name, b.Describe(c), need/giga, free/giga)
	}
	return nil
}

// warmTime is how long a warm-up lasts at least: until then operating systems may keep threads that have just begun on one
// processor.
const warmTime = 200 * time.Millisecond

// times returns the milliseconds of each run after the warm-up, ascending.
func (w *Work) times(o Options) ([]float64, error) {
	reps := o.Reps
	if w.MaxReps > 0 && !o.AllReps {
		reps = min(reps, w.MaxReps)
	}
	times := make([]float64, 0, reps)
	runtime.GC() // what was allocated before is not this work's to collect
	for warm, begun := 0, time.Now(); warm < o.Warmup || o.Warmup > 0 && time.Since(begun) < warmTime; warm++ {
		if err := w.Run(); err != nil {
			return nil, err
		}
	}
	for range reps {
		start := time.Now()
		if err := w.Run(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start).Seconds()*1e3)
	}
	slices.Sort(times)
	return times, nil
}

func dump(path, name string, c Case, w *Work) error {
	if w.Dump == nil {
		return fmt.Errorf("bench %s has nothing to dump", name)
	}
	tensors, err := w.Dump()
	if err != nil {
		return fmt.Errorf("bench %s: %w", name, err)
	}
	metadata := map[string]string{"bench": name}
	for size, v := range c.Sizes {
		metadata[size] = fmt.Sprint(v)
	}
	return safetensors.WriteFile(path, tensors, metadata)
}
