package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/train"
)

func newTrain(c *console) *cobra.Command {
	var flags configFlags
	var config, out, resume string
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train a model; without flags, an LSTM on the embedded monthly sunspots",
		Long: `train learns a forecaster from a series, keeps the weights that did best on the validation part, measures them on the test part beside
naive, seasonal naive and ridge autoregression, and writes everything to a run directory. Samplers (ising, spinglass, hopfield) sweep
instead; they draw their own couplings or patterns, or take them from --data, and their settings are all --set. Boltzmann machines
(boltzmann, rbm, dbn) learn the distribution of rows: pictures (IDX), binary tables, piano rolls, or windows of a series.

Settings come from, each over those before it: the defaults, what suits the data set, --config FILE, LENZ_ variables such as
LENZ_EPOCHS, flags. An interrupt saves and exits with 130; --resume DIR goes on, to the same bits.`,
		Example: `  lenz train
  lenz train --data sales.csv --target units --horizon 14 --calendar
  lenz train --model gru --set hidden=64 --set head=quantile --optimizer adamw --lr 0.002 --schedule cosine
  lenz train --model spinglass --data t3g6.txt --epochs 20
  lenz train --model rbm --data digits --set hidden=100 --set chains=pcd
  lenz train --resume runs/sunspots-lstm-1 --epochs 40`,
		Args: exactly(0, "none: the data goes to --data, the model to --model"),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r := job.Request{Out: out, Resume: resume, Version: version(), Modules: modules(), Say: c.say}
		if err := chooseConfig(&r, c, config, flags.set); err != nil {
			return err
		}
		if !c.quiet {
			r.Observer = train.NewProgress(c.err)
		}
		outcome, err := job.Train(cmd.Context(), r)
		return finishTrain(c, outcome, err)
	}
	if err := flags.register(cmd); err != nil {
		cmd.RunE = func(*cobra.Command, []string) error { return err }
	}
	flags.groupHelp(cmd)
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&config, "config", "", "TOML file of settings, such as the config.toml of a run")
	f.StringVar(&out, "out", "", "run directory to write (default: runs/DATA-MODEL-N)")
	f.StringVar(&resume, "resume", "", "run directory to go on with; only --epochs, --patience and --checkpoint-every may change")
	return cmd
}

// resumable are the settings that a resumed run may change: the past does not depend on them.
var resumable = []string{"epochs", "patience", "checkpoint-every"}

// chooseConfig resolves the settings of a new run, or takes those of the run that goes on.
func chooseConfig(r *job.Request, c *console, file string, flags []job.Assignment) error {
	layers := job.Layers{File: file, Env: c.env, Flags: flags}
	if r.Resume != "" {
		if file != "" || r.Out != "" {
			return usageError{fmt.Errorf("--resume goes on with a run's own configuration in its own directory; leave --config and --out out")}
		}
		for _, f := range flags {
			if !slices.Contains(resumable, f.Name) {
				return usageError{fmt.Errorf("--%s cannot change in a resumed run, only --%s can; start a new run", f.Name, strings.Join(resumable, ", --"))}
			}
		}
		if err := job.CheckRun(r.Resume); err != nil {
			return err
		}
		layers = job.Layers{File: filepath.Join(r.Resume, "config.toml"), Flags: flags, Past: true}
	}
	resolved, err := layers.Resolve()
	if err != nil {
		return usageError{err}
	}
	if r.Resume == "" {
		err := resolved.Check()
		if err == nil {
			err = layers.CheckModel(resolved)
		}
		if err != nil {
			return usageError{err}
		}
	}
	r.Config, r.Source = resolved, layers.File
	return nil
}

// finishTrain prints how a run ended, and turns that into an exit status.
func finishTrain(c *console, o *job.Outcome, err error) error {
	switch {
	case o == nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(c.err, "lenz: interrupted before the run began; nothing was written")
		return statusError(exitInterrupted)
	case o == nil:
		return err
	}
	for _, row := range table(o) {
		c.print("%s", row)
	}
	for _, row := range o.Samples.Lines() {
		c.print("%s", row)
	}
	if o.Verdict != "" {
		c.print("\n%s", o.Verdict)
	}
	var lost *job.LostError // the run has ended, with a fault
	if (o.Status == train.Completed || o.Status == train.Stopped) && (err == nil || errors.As(err, &lost)) {
		c.print("\n%s in %.1f s, measured in %.1f s: %s", o.Status, o.Seconds, o.MeasureSeconds, o.Reason)
		if !job.IsForecaster(o.Model) {
			c.print("run directory: %s (report.html shows everything)", o.Out)
		} else {
			c.print("run directory: %s (report.html shows everything; lenz forecast %s goes on)", o.Out, o.Out)
		}
	}
	if jsonErr := c.object(o); jsonErr != nil {
		return errors.Join(err, jsonErr)
	}
	switch {
	case err != nil && o.Status == train.Interrupted && errors.Is(err, context.Canceled):
		fmt.Fprintf(c.err, "lenz: interrupted after epoch %d, step %d; saved. Go on with: lenz train --resume %s\n", o.Epochs, o.Steps, o.Out)
		return statusError(exitInterrupted)
	case err != nil && o.Status == train.Diverged && job.IsSolved(o.Model):
		return fmt.Errorf("%w; a forecast that is fed back has run away: %s", err, job.Steady(o.Model))
	case err != nil && o.Status == train.Diverged:
		return fmt.Errorf("%w; the last good checkpoint is in %s", err, filepath.Join(o.Out, "checkpoints"))
	}
	return err
}

// table lines up the scores of a model and its baselines.
func table(o *job.Outcome) []string {
	return scoreTable(o.Model, o.Test, o.Baselines)
}

// scoreTable is a row for each measure, a column for each model.
func scoreTable(model string, scores train.Scores, others map[string]train.Scores) []string {
	if len(scores) == 0 {
		return nil
	}
	var names []string
	for _, name := range job.BaselineNames {
		if _, ok := others[name]; ok {
			names = append(names, name)
		}
	}
	width := 14
	for _, s := range scores {
		width = max(width, len(s.Name))
	}
	head := fmt.Sprintf("%-*s %14s", width, "", model)
	for _, n := range names {
		head += fmt.Sprintf(" %14s", n)
	}
	rows := []string{head}
	for _, s := range scores {
		row := fmt.Sprintf("%-*s %14.5g", width, s.Name, s.Value)
		for _, n := range names {
			if v, ok := others[n].Get(s.Name); ok {
				row += fmt.Sprintf(" %14.5g", v)
			} else {
				row += fmt.Sprintf(" %14s", "")
			}
		}
		rows = append(rows, row)
	}
	return rows
}
