package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/train/study"
)

func newTune(c *console) *cobra.Command {
	f := &studyFlags{request: job.StudyRequest{Plan: study.Default()}}
	p := &f.request.Plan
	p.Trials, p.Seeds, p.Tunings, p.Timed = 16, 1, 1, 0
	cmd := &cobra.Command{
		Use:   "tune",
		Short: "Search a model's settings on validation",
		Long: `tune runs quasirandom trials (or random ones: --sampler) over what --search names and keeps the settings with the lowest validation loss. Reservoirs (esn, deep-esn, parallel-esn,
delay, lsm, ngrc) know where theirs are worth searching, and need no --search. Settings may be the model's
(hidden, layers, dropout, ...), the optimizer's (rate, beta1, ...), or one of batch, input, stride, clip-norm, clip-value, l2, warmup; all else is as
lenz train has it. The chosen settings are run once more on a fresh seed and measured on the test part, and stand in best.toml for lenz train.`,
		Example: `  lenz tune --search hidden=int:16:128 --search rate=log:1e-4:1e-2
  lenz tune --model gru --data sales.csv --trials 32 --prune --search rate=log:1e-4:1e-1 --search window_norm=choice:none|last|standard
  lenz tune --model esn --data mackey-glass --trials 32 --sampler random
  lenz train --config runs/tune-1/best.toml`,
		Args: exactly(0, "none: what is searched goes to --search"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, c) },
	}
	if err := f.register(cmd); err != nil {
		cmd.RunE = func(*cobra.Command, []string) error { return err }
	}
	f.config.groupHelp(cmd)
	return cmd
}

// mostShown bounds the trials that the terminal shows; study.csv has all.
const mostShown = 10

// tuned prints the best trials and where the chosen settings stand.
func (c *console) tuned(p study.Plan, out *job.StudyOutcome) {
	head := []string{"trial", "validation loss", "epochs"}
	for _, r := range p.Contenders[0].Space {
		_, name, ok := strings.Cut(r.Name, ".")
		if !ok {
			name = r.Name
		}
		head = append(head, name)
	}
	trials := job.Trials(p, out.Records)
	var rows [][]string
	for _, r := range trials[:min(mostShown, len(trials))] {
		loss := string(r.Outcome.Status)
		if r.Outcome.Good() {
			loss = fmt.Sprintf("%.5g", float64(r.Outcome.Valid))
		}
		row := []string{fmt.Sprint(r.Trial.Index), loss, fmt.Sprint(r.Outcome.Epochs)}
		for _, s := range p.Contenders[0].Space {
			row = append(row, short(r.Trial.Settings[s.Name]))
		}
		rows = append(rows, row)
	}
	c.table(head, rows)
	e := out.Tasks[0].Entries[0]
	c.print("\nchosen: trial %s; on a fresh seed its loss is %.5g on validation, %.5g on the test part", rows[0][0], float64(e.Valid), float64(e.Test))
	c.print("train it: lenz train --config %s", filepath.Join(out.Out, "best.toml"))
	for _, n := range out.Notes {
		c.say("note: %s", n)
	}
}

// short shortens a number for a table.
func short(text string) string {
	var v float64
	if n, err := fmt.Sscanf(text, "%g", &v); err != nil || n != 1 || len(text) < 9 {
		return text
	}
	return fmt.Sprintf("%.4g", v)
}
