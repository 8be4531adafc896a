package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/bench"
)

// benchTable is the JSON object of lenz bench --all.
type benchTable struct {
	PeakGFLOPS float64        `json:"peak_gflops"` // in float32, of all the threads
	Results    []bench.Result `json:"results"`
}

func newBench(c *console) *cobra.Command {
	var o bench.Options
	var all bool
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Time a training step or a kernel on this machine",
		Long: `bench times one thing by its name, or with --all a table of everything beside what this machine can do: the rate of a product that
stays in the cache, and for work that is bound by memory that of a copy or a sum over as many bytes.`,
		Example: "  lenz bench lstm --T 100 --B 32 --I 8 --H 128 --threads 2 --json\n  lenz bench gemm --m 512 --n 512 --k 512 --dtype float64\n  lenz bench --all",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.AllReps = cmd.Flags().Changed("reps")
			switch {
			case len(args) > 0:
				_, err := bench.Lookup(args[0])
				return usageError{err}
			case !all:
				return usageError{fmt.Errorf("want --all, or one of %s", strings.Join(bench.Names(), ", "))}
			}
			return benchEverything(c, o)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "time a table of everything")
	f := cmd.PersistentFlags()
	f.IntVar(&o.Threads, "threads", runtime.NumCPU(), "threads")
	f.IntVar(&o.Reps, "reps", 15, "timed runs; by default fewer of long work")
	f.IntVar(&o.Warmup, "warmup", 3, "runs before timing, continued for a fifth of a second; 0 for none")
	for _, b := range bench.List() {
		cmd.AddCommand(newBenchOf(c, b, &o))
	}
	return cmd
}

// newBenchOf is the command of one bench; its sizes are flags.
func newBenchOf(c *console, b bench.Bench, o *bench.Options) *cobra.Command {
	var dtype string
	values := make([]int, len(b.Sizes))
	cmd := &cobra.Command{
		Use:   b.Name,
		Short: "Time " + b.Doc,
		Args:  exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.AllReps = cmd.Flags().Changed("reps")
			asked := bench.Case{Sizes: bench.Sizes{}, Dtype: dtype}
			for i, s := range b.Sizes {
				asked.Sizes[s.Name] = values[i]
			}
			if _, err := b.Complete(asked); err != nil {
				return usageError{err}
			}
			if err := o.Check(); err != nil {
				return usageError{err}
			}
			r, err := b.Run(asked, *o)
			if err != nil {
				return err
			}
			r.Version = version()
			c.print("%s", line(r))
			return c.object(r)
		},
	}
	for i, s := range b.Sizes {
		cmd.Flags().IntVar(&values[i], s.Name, s.Default, s.Doc)
	}
	if b.Dtypes != nil {
		cmd.Flags().StringVar(&dtype, "dtype", b.Dtypes[0], "precision: "+strings.Join(b.Dtypes, " or "))
	}
	cmd.Flags().StringVar(&o.Dump, "dump", "", "safetensors file for what goes in and what comes out of the first run")
	return cmd
}

// line is a result for people.
func line(r bench.Result) string {
	s := fmt.Sprintf("%s %s: median %.4g ms, min %.4g, max %.4g of %d on %d threads", r.Name, r.Describe, r.MedianMS, r.MinMS, r.MaxMS, r.Reps, r.Threads)
	for _, rate := range r.Rates {
		s += "; " + rateText(rate)
	}
	return s
}

func rateText(r bench.Rate) string {
	unit := map[string]string{bench.GFLOPS: "GFLOP/s", bench.GBPerSecond: "GB/s"}[r.Name]
	if unit == "" {
		unit = strings.ReplaceAll(r.Name, "_per_", "/")
	}
	return fmt.Sprintf("%.4g %s", r.PerRun, unit)
}

// benchEverything times every case of every bench.
func benchEverything(c *console, o bench.Options) error {
	if err := o.Check(); err != nil {
		return usageError{err}
	}
	var roofs bench.Roofs
	table := benchTable{PeakGFLOPS: roofs.Arithmetic("", o.Threads)}
	for _, b := range bench.List() {
		for _, row := range b.Cases {
			c.say("timing %s", b.Name)
			r, err := b.Run(row, o)
			if err != nil {
				return err
			}
			r.Version = version()
			roofs.Put(&r)
			table.Results = append(table.Results, r)
		}
	}
	if c.json {
		return c.object(table)
	}
	const row = "%-9s %-26s %10s %10s %10s  %-15s %-24s\n"
	c.print("%s", strings.TrimRight(fmt.Sprintf(row, "bench", "sizes", "median ms", "min", "max", "rate", "share of peak"), " \n"))
	ms := func(v float64) string { return fmt.Sprintf("%.4f", v) }
	for _, r := range table.Results {
		rate, share := "", ""
		if r.ShareName != "" {
			rate = rateText(r.Rates[0])
			share = fmt.Sprintf("%.0f%% of %s", 100*r.Share, rateText(bench.Rate{Name: r.ShareName, PerRun: r.Roof}))
		}
		c.print("%s", strings.TrimRight(fmt.Sprintf(row, r.Name, r.Describe, ms(r.MedianMS), ms(r.MinMS), ms(r.MaxMS), rate, share), " \n"))
	}
	return nil
}
