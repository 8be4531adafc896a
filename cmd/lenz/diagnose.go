package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/train/report"
)

func newDiagnose(c *console) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "diagnose RUN",
		Short: "Measure memory, stability and gradient flow of a trained model",
		Long: `diagnose drives the model of a run by its training part and measures whether two states come together (the echo state property), the
Lyapunov exponents of the driven model, how gradients fade or grow through time, and how much of a random input the state remembers
(memory capacity; information processing capacity up to degree 3). It works on reservoirs, RNNs, LSTMs and GRUs.`,
		Example: "  lenz train --model esn --data mackey-glass --out run\n  lenz diagnose run",
		Args:    exactly(1, "a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, figures, err := job.Diagnose(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			folder := out
			if folder == "" {
				folder = args[0]
			}
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return fmt.Errorf("cannot make %s: %w", folder, err)
			}
			for _, f := range figures {
				for _, ext := range []string{".svg", ".png"} {
					path := filepath.Join(folder, f.Name+ext)
					if err := report.Save(path, f); err != nil {
						return err
					}
					d.Files = append(d.Files, path)
				}
			}
			printDiagnosis(c, d)
			return c.object(d)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder for the figure (default: the run's)")
	return cmd
}

// lineWidth is where wrapped text turns, in characters.
const lineWidth = 96

// wrapped breaks a text between words into lines that begin with so many spaces, but for the first.
func wrapped(text string, indent int) string {
	var b strings.Builder
	column := indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i > 0 && column+1+n > lineWidth:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func printDiagnosis(c *console, d *job.Diagnosis) {
	c.print("%s of %s: %d states, driven by %d rows of the training part", d.Model, d.Run, d.States, d.Rows)
	holds := "holds: two states come together, the state forgets where it began"
	if !d.EchoState {
		holds = "was not seen: two states did not come together"
	}
	c.print("  echo state property        %s (each step multiplies their distance by %.4g)", holds, d.Rate)
	if d.Effective != nil {
		c.print("  effective spectral radius  %.4g (largest exponent %.4g a step)", *d.Effective, d.Exponents[0])
	}
	if d.Gradient != nil {
		last := len(d.Gradient)
		c.print("  gradient                   norm %.3g after 10 steps, %.3g after %d", d.Gradient[min(9, last-1)], d.Gradient[last-1], last)
		if d.HalfLife != nil {
			c.print("                             below a half from %d steps on", *d.HalfLife)
		}
	}
	if d.Memory != nil {
		c.print("  memory capacity            %.2f of at most %d", *d.Memory, d.States)
		c.print("  processing capacity        %.2f; by degree %.2f", *d.Capacity, d.ByDegree)
		c.print("%29s%s", "", wrapped(d.Convention(), 29))
	}
	for _, n := range d.Notes {
		c.print("  %s", wrapped(n, 2))
	}
	for _, f := range d.Files {
		c.say("wrote %s", f)
	}
}
