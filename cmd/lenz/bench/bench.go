package bench

import (
	"fmt"
	"strings"

	"lenz/internal/near"
	"lenz/internal/safetensors"
)

// List returns all benches.
func List() []Bench {
	return []Bench{
		recurrentStep("lstm", 4, Sizes{"T": 100, "B": 16, "I": 1, "H": 64}, Sizes{}, Sizes{"T": 50, "B": 64, "I": 64, "H": 256}, unrolledSizes),
		recurrentStep("gru", 3, Sizes{}),
		recurrentStep("rnn", 1, Sizes{}),
		unrolled(),
		stream(),
		adam(),
		vector("tanh"),
		vector("sigmoid"),
		gemm(),
		rbm(),
		ising(),
		multispin(),
		glassesBench(),
		esn(),
		ridgeReadout(),
	}
}

// A Bench is a piece of work that can be timed.
type Bench struct {
	Name    string
	Doc     string                // one line
	Sizes   []Size                // flags of its command
	Dtypes  []string              // precisions to choose from, the first by default; nil for float32 alone
	Cases   []Case                // its rows of the table, with the default sizes where a case does not give them
	Memory  func(s Sizes) float64 // about how many bytes it takes; nil where that is little
	Prepare func(c Case) (*Work, error)
}

// Size is a size of a bench.
type Size struct {
	Name    string
	Default int
	Doc     string
}

// Sizes are values of sizes by name.
type Sizes map[string]int

// Case is what is timed: a value for each size, and a precision.
type Case struct {
	Sizes Sizes
	Dtype string // "" for the first
}

// Work is ready to be timed.
type Work struct {
	Run func() error
	// Rates are what one run counts: operations, bytes. Those called GFLOPS and GBPerSecond have a roof.
	Rates []Rate
	// Footprint is the memory that one run goes through, in bytes; it decides which cache's bandwidth is the roof.
	Footprint int
	// Dump returns what goes in and what comes out of the first run, for a peer to compare. It may run the work once.
	Dump func() ([]safetensors.Tensor, error)
	// MaxReps bounds the timed runs of long work, unless they are asked for; 0 for no bound.
	MaxReps int
	Close   func() error // nil for nothing
}

// Rate is a count of one run, in units of the rate times seconds.
type Rate struct {
	Name   string // the key in JSON
	PerRun float64
	// Spared is how much of PerRun is counted by convention but not done; a share of the peak leaves it out.
	Spared float64
}

// The rates that have a roof.
const (
	GFLOPS      = "gflops"   // 10^9 floating-point operations a second
	GBPerSecond = "gb_per_s" // 10^9 bytes a second, read and written
)

// Names lists the benches.
func Names() []string {
	var names []string
	for _, b := range List() {
		names = append(names, b.Name)
	}
	return names
}

// Lookup returns the named bench, or an error that suggests a near name.
func Lookup(name string) (Bench, error) {
	for _, b := range List() {
		if b.Name == name {
			return b, nil
		}
	}
	return Bench{}, fmt.Errorf("cannot time %q%s; want one of %s", name, near.Suggest(name, Names()), strings.Join(Names(), ", "))
}

// Complete fills in the defaults, and refuses sizes that are unknown or too small and precisions that the bench lacks.
func (b Bench) Complete(c Case) (Case, error) {
	full := Case{Sizes: Sizes{}, Dtype: c.Dtype}
	var names []string
	for _, s := range b.Sizes {
		full.Sizes[s.Name] = s.Default
		names = append(names, s.Name)
	}
	for name, v := range c.Sizes {
		if _, known := full.Sizes[name]; !known {
			return full, fmt.Errorf("bench %s has no size %s; its sizes are %s", b.Name, name, strings.Join(names, ", "))
		}
		if v < 1 {
			return full, fmt.Errorf("--%s is %d; sizes are at least 1", name, v)
		}
		full.Sizes[name] = v
	}
	if b.Dtypes == nil {
		if c.Dtype != "" && c.Dtype != "float32" {
			return full, fmt.Errorf("bench %s runs in float32, not in %q", b.Name, c.Dtype)
		}
		return full, nil
	}
	if full.Dtype == "" {
		full.Dtype = b.Dtypes[0]
	}
	for _, d := range b.Dtypes {
		if d == full.Dtype {
			return full, nil
		}
	}
	return full, fmt.Errorf("--dtype is %q, want %s", full.Dtype, strings.Join(b.Dtypes, " or "))
}

// Describe is the case in a line, sizes in the bench's order.
func (b Bench) Describe(c Case) string {
	var parts []string
	for _, s := range b.Sizes {
		parts = append(parts, fmt.Sprintf("%s=%d", s.Name, c.Sizes[s.Name]))
	}
	if c.Dtype != "" {
		parts = append(parts, c.Dtype)
	}
	return strings.Join(parts, " ")
}
