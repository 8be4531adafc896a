package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/internal/near"
)

// console is where a command reads its surroundings and writes: results on out, talk on err.
type console struct {
	out, err io.Writer
	env      []string
	json     bool
	quiet    bool
}

// say writes a line of talk, unless --quiet.
func (c *console) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}

// print writes a line of the result, unless it goes out as JSON.
func (c *console) print(format string, args ...any) {
	if !c.json {
		fmt.Fprintf(c.out, format+"\n", args...)
	}
}

// object writes the one JSON object of --json.
func (c *console) object(v any) error {
	if !c.json {
		return nil
	}
	text, err := job.JSON(v)
	if err != nil {
		return err
	}
	_, err = c.out.Write(text)
	return err
}

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "lenz",
		Short: "Recurrent models on time series: train, evaluate, forecast, compare",
		Long: `lenz trains recurrent models on time series, evaluates them beside naive baselines, and forecasts.

Begin with

    lenz train             an LSTM on 235 years of sunspots; writes runs/...
    lenz forecast RUN      what it expects next
    lenz evaluate RUN      how good that is, beside naive baselines
    lenz compare           which optimizer suits it, fairly, with statistics`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, s := range cmd.Commands() {
				names = append(names, s.Name())
			}
			return usageError{fmt.Errorf("unknown command %q%s; lenz --help lists the commands", args[0], near.Suggest(args[0], names))}
		},
	}
	root.PersistentFlags().BoolVar(&c.json, "json", false, "write one JSON object to standard output; all talk goes to standard error")
	root.PersistentFlags().BoolVarP(&c.quiet, "quiet", "q", false, "no talk")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; %s --help lists the flags", suggestFlag(cmd, err), cmd.CommandPath())}
	})
	root.AddCommand(newTrain(c), newEvaluate(c), newForecast(c), newCompare(c), newTune(c), newData(c), newModels(c), newOptimizers(c), newBench(c), newReproduce(c), newDiagnose(c), newVersion(c))
	return root
}

// suggestFlag adds the nearest flag to pflag's error about an unknown one.
func suggestFlag(cmd *cobra.Command, err error) error {
	const unknown = "unknown flag: --"
	name, ok := strings.CutPrefix(err.Error(), unknown)
	if !ok {
		return err
	}
	var names []string
	for _, f := range flagNames(cmd) {
		names = append(names, "--"+f)
	}
	return fmt.Errorf("%w%s", err, near.Suggest("--"+name, names))
}

// exactly refuses any other number of arguments as a wrong use.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("got %s, want %s", arguments(len(args)), what)}
		}
		return nil
	}
}

// atMostOne refuses more than one argument as a wrong use.
func atMostOne(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("got %d arguments, want at most one: %s", len(args), what)}
		}
		return nil
	}
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
