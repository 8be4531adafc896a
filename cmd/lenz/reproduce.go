package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/reproduce"
	"lenz/internal/plusminus"
	"lenz/train/report"
)

// reproduced is an experiment as --json prints it.
type reproduced struct {
	Name    string            `json:"name"`
	Title   string            `json:"title"`
	Source  string            `json:"source"`
	Within  *bool             `json:"within,omitempty"`
	Checks  []reproducedCheck `json:"checks,omitempty"`
	Table   []string          `json:"table,omitempty"`
	Notes   []string          `json:"notes,omitempty"`
	Files   []string          `json:"files,omitempty"`
	Seconds float64           `json:"seconds,omitempty"`
}

type reproducedCheck struct {
	What      string   `json:"what"`
	Reference float64  `json:"reference"`
	Source    string   `json:"source"`
	Value     *float64 `json:"value"`
	Error     *float64 `json:"error"`
	Tolerance float64  `json:"tolerance"`
	Factor    float64  `json:"tolerance_factor,omitempty"` // in place of a tolerance
	Within    bool     `json:"within"`
	Verdict   string   `json:"verdict"`
}

func newReproduce(c *console) *cobra.Command {
	var o reproduce.Options
	var out string
	var list, all bool
	cmd := &cobra.Command{
		Use:   "reproduce NAME",
		Short: "Measure a published result of the field again, beside its reference value",
		Long: `reproduce runs a published experiment and prints the reference value with its source, what came out with its error, the tolerance and
the verdict. It draws the figure, with the theory where there is one, into --out. It passes (exit status 0) only when the value is
within the tolerance and its error is at most a third of that.`,
		Example: "  lenz reproduce --list\n  lenz reproduce ising-tc --quick\n  lenz reproduce --all --quick --json",
		Args:    atMostOne("the name of an experiment; --all runs all of them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := idleReproduce(cmd, args, list, o); err != nil {
				return usageError{err}
			}
			chosen, err := experiments(args, list, all)
			switch {
			case err != nil:
				return usageError{err}
			case list:
				return listExperiments(c)
			}
			o.Say = c.say
			var done []reproduced
			var failed []error
			for _, e := range chosen {
				folder := filepath.Join(out, e.Name)
				if len(args) == 1 && cmd.Flags().Changed("out") {
					folder = out
				}
				r, err := reproduceOne(cmd, c, e, o, folder)
				if r != nil {
					done = append(done, *r)
				}
				if cmd.Context().Err() != nil && err != nil {
					c.unfinished(e.Name, done, len(chosen))
					return statusError(exitInterrupted)
				}
				failed = append(failed, err)
			}
			return errors.Join(errors.Join(failed...), printReproduced(c, done, len(args) == 1))
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&list, "list", false, "list the experiments")
	f.BoolVar(&all, "all", false, "run all of them")
	f.BoolVar(&o.Quick, "quick", false, "a smaller form, under a minute on two cores")
	f.StringVar(&out, "out", "reproduced", "folder for the figures; if not given, or with --all, each experiment has a folder in it")
	f.Uint64Var(&o.Seed, "seed", 1, "of everything random")
	f.StringVar(&o.Instances, "instances", "", "spinglass-groundstate, not quick: folder of instances with best_known.csv (columns instance, best_known_cut)")
	return cmd
}

// experiments are those that the arguments name.
func experiments(args []string, list, all bool) ([]reproduce.Experiment, error) {
	switch {
	case list && (all || len(args) > 0), all && len(args) > 0:
		return nil, fmt.Errorf("give a NAME, --all or --list: one of them")
	case len(args) == 1:
		e, err := reproduce.Lookup(args[0])
		return []reproduce.Experiment{e}, err
	case !all && !list:
		return nil, fmt.Errorf("which experiment? lenz reproduce --list lists them")
	}
	return reproduce.All(), nil
}

// idleReproduce refuses flags that would do nothing.
func idleReproduce(cmd *cobra.Command, args []string, list bool, o reproduce.Options) error {
	const glass = "spinglass-groundstate"
	switch {
	case list:
		for _, name := range []string{"quick", "out", "seed", "instances"} {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s has no use for --list, which runs nothing: leave one out", name)
			}
		}
	case o.Instances != "" && o.Quick:
		return fmt.Errorf("--instances has no use with --quick, which looks for no ground states of instances: leave one out")
	case o.Instances != "" && len(args) == 1 && args[0] != glass:
		return fmt.Errorf("--instances is for %s alone: leave it out", glass)
	}
	return nil
}

func listExperiments(c *console) error {
	var listed []reproduced
	width := 0
	for _, e := range reproduce.All() {
		width = max(width, len(e.Name))
	}
	for _, e := range reproduce.All() {
		c.print("%-*s %s\n%*s %s", width, e.Name, e.Title, width, "", e.Source)
		listed = append(listed, reproduced{Name: e.Name, Title: e.Title, Source: e.Source})
	}
	return c.object(map[string]any{"experiments": listed})
}

// reproduceOne runs an experiment, prints it and draws its figures. An error says that it failed or is outside the tolerance.
func reproduceOne(cmd *cobra.Command, c *console, e reproduce.Experiment, o reproduce.Options, folder string) (*reproduced, error) {
	// First, so that minutes of work do not end at a folder that cannot be made.
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fmt.Errorf("cannot make %s: %w; give a folder that can be written with --out", folder, err)
	}
	c.say("%s: %s", e.Name, e.Title)
	r, err := e.Do(cmd.Context(), o)
	if err != nil {
		return nil, err
	}
	within := r.Within()
	out := &reproduced{Name: e.Name, Title: e.Title, Source: e.Source, Within: &within, Table: r.Rows, Notes: r.Notes, Seconds: r.Seconds}
	c.print("%s (%s)", e.Title, e.Source)
	for _, row := range r.Rows {
		c.print("  %s", row)
	}
	for _, k := range r.Checks {
		c.print("  %s: reference %.6g (%s), ours %s, tolerance %s: %s", k.What, k.Reference, k.Source, plusminus.Text(k.Value, k.Error), k.Allowed(), k.Verdict())
		out.Checks = append(out.Checks, reproducedCheck{k.What, k.Reference, k.Source, finite(k.Value), finite(k.Error), k.Tolerance, k.Factor, k.Within(), k.Verdict()})
	}
	for _, n := range r.Notes {
		c.print("  %s", n)
	}
	for _, f := range r.Figures {
		f.Title, f.Caption = plusminus.Sign(f.Title), plusminus.Sign(f.Caption)
		for _, ext := range []string{".svg", ".png"} {
			path := filepath.Join(folder, f.Name+ext)
			if err := report.Save(path, f); err != nil {
				return out, err
			}
			out.Files = append(out.Files, path)
		}
	}
	c.print("  %.1f s; figures in %s\n", r.Seconds, folder)
	if !within {
		return out, fmt.Errorf("%s is not reproduced: see what is outside its tolerance", e.Name)
	}
	return out, nil
}

// unfinished says which experiment was interrupted, and which figures there are.
func (c *console) unfinished(name string, done []reproduced, of int) {
	var figures []string
	for _, d := range done {
		figures = append(figures, d.Files...)
	}
	wrote := "no figures were written"
	if len(figures) > 0 {
		wrote = "written: " + strings.Join(figures, ", ")
	}
	others := ""
	if of > 1 {
		others = fmt.Sprintf(" (%d of %d experiments had ended)", len(done), of)
	}
	fmt.Fprintf(c.err, "lenz: interrupted: %s was not finished%s; %s\n", name, others, wrote)
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// printReproduced writes the JSON object: of one experiment, or of all.
func printReproduced(c *console, done []reproduced, single bool) error {
	if single && len(done) == 1 {
		return c.object(done[0])
	}
	if single {
		return nil
	}
	return c.object(map[string]any{"experiments": done})
}
