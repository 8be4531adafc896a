package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/datasets"
)

func newEvaluate(c *console) *cobra.Command {
	var part string
	var stride int
	var scaled bool
	cmd := &cobra.Command{
		Use:   "evaluate RUN",
		Short: "Measure a run in a rolling-origin backtest, beside naive baselines",
		Long: `evaluate forecasts every window of the test part (or the validation part) of a run's data from its own origin, and measures the run's
model beside naive, seasonal naive and ridge autoregression on the same windows, in the units of the data.`,
		Example: "  lenz evaluate runs/sunspots-lstm-1\n  lenz evaluate runs/sunspots-lstm-1 --part valid --stride 12 --json",
		Args:    exactly(1, "a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := job.TestOptions{Part: datasets.Test, Stride: stride}
			switch {
			case part == "valid":
				o.Part = datasets.Valid
			case part != "test":
				return usageError{fmt.Errorf("--part %q: want test or valid", part)}
			case stride < 1:
				return usageError{fmt.Errorf("--stride %d: want 1 or more rows from one origin to the next", stride)}
			}
			run, err := job.OpenRun(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer run.Close()
			if run.Task.Windows == nil {
				for _, name := range []string{"stride", "scaled-metrics"} {
					if cmd.Flags().Changed(name) {
						return usageError{fmt.Errorf("--%s has no use here: %s is a run on labelled sequences, which have neither origins nor scaled targets; leave it out", name, args[0])}
					}
				}
			}
			if scaled {
				run.Config.Data.ScaledMetric = true
			}
			tested, err := job.Test(cmd.Context(), run.Config, run.Task, run.Pipeline, o)
			if err != nil {
				return err
			}
			c.print("%s part, %d windows", tested.Part, tested.Windows)
			for _, row := range scoreTable(run.Config.Model.Model, tested.Scores, tested.Baselines) {
				c.print("%s", row)
			}
			if tested.Verdict != "" {
				c.print("\n%s", tested.Verdict)
			}
			for _, n := range tested.Notes {
				c.say("note: %s", n)
			}
			return errors.Join(c.object(tested), tested.Runaway())
		},
	}
	cmd.Flags().StringVar(&part, "part", "test", "part of the data: test or valid")
	cmd.Flags().IntVar(&stride, "stride", 1, "rows from one rolling origin to the next")
	cmd.Flags().BoolVar(&scaled, "scaled-metrics", false, "errors in scaled units as well")
	return cmd
}
