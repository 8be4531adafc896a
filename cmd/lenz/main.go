// Command lenz trains recurrent models on time series, evaluates them beside naive baselines and forecasts. Run lenz without
// arguments for its subcommands; lenz train needs none.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"lenz/cmd/lenz/job"
)

// The exit statuses that scripts rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := withSignals(context.Background())
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// withSignals cancels the context at the first SIGINT or SIGTERM, so that a run can save; a second one leaves at once.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		cancel()
		if _, ok := <-signals; ok {
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
}

// run is the whole command: arguments and environment in, exit status out.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) int {
	c := &console{out: stdout, err: stderr, env: env}
	root := newRoot(c)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var usage usageError
	var quiet statusError
	if errors.As(err, &quiet) {
		return int(quiet)
	}
	// One line, also where errors are joined.
	fmt.Fprintf(stderr, "lenz: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	if errors.As(err, &usage) || job.WrongUse(err) {
		return exitUsage
	}
	return exitFailed
}

// usageError is a wrong use of the command: exit status 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// statusError ends the command with a status; what there is to say has been said.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
