package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/internal/atomicfile"
	"lenz/models"
	"lenz/train/report"
)

// forecastJSON is what lenz forecast --json prints; with several series, each is in Series and the first at the top.
type forecastJSON struct {
	Name       string                 `json:"name"`
	Columns    []string               `json:"columns"`
	Timestamps []string               `json:"timestamps"`
	Mean       [][]float64            `json:"mean"`                // a row a step
	Quantiles  map[string][][]float64 `json:"quantiles,omitempty"` // level -> a row a step
	Series     []forecastJSON         `json:"series,omitempty"`
	Files      []string               `json:"files,omitempty"`
}

func newForecast(c *console) *cobra.Command {
	var data, future, out string
	var pictures bool
	cmd := &cobra.Command{
		Use:   "forecast RUN",
		Short: "Forecast what comes next, from the end of the training file or of a newer one",
		Long: `forecast loads the best weights of a run and forecasts the steps after the end of its data, or after the end of a newer file with
the same columns (--data). It writes future.csv, future.svg and future.png to the run directory, or to --out. The pictures take most
of the time; --pictures=false leaves them out.`,
		Example: "  lenz forecast runs/sunspots-lstm-1\n  lenz forecast runs/sales-gru-2 --data sales-today.csv --json",
		Args:    exactly(1, "a run directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				out = args[0]
			} else if err := os.MkdirAll(out, 0o777); err != nil {
				return fmt.Errorf("cannot make %s: %w", out, err)
			}
			f, err := job.Forecast(cmd.Context(), job.ForecastRequest{Run: args[0], Data: data, Future: future})
			if err != nil {
				return err
			}
			for _, n := range f.Notes {
				c.say("note: %s", n)
			}
			files, err := saveForecast(f, out, pictures)
			if len(files) == 0 {
				return err
			}
			if c.json { // also where a picture could not be written
				return errors.Join(err, c.object(asJSON(f, files)))
			}
			return errors.Join(err, printForecast(c, f, files))
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "newer file with the columns of the training file")
	cmd.Flags().StringVar(&future, "future", "", "file with the known columns at the forecast steps")
	cmd.Flags().StringVar(&out, "out", "", "folder for future.csv, future.svg and future.png (default: the run directory)")
	cmd.Flags().BoolVar(&pictures, "pictures", true, "write future.svg and future.png")
	return cmd
}

func asJSON(f *job.Forecasts, files []string) forecastJSON {
	one := func(m models.Forecast) forecastJSON {
		j := forecastJSON{Name: m.Series, Columns: m.Columns, Timestamps: stamps(m), Mean: m.Mean}
		for q, level := range m.Levels {
			if j.Quantiles == nil {
				j.Quantiles = map[string][][]float64{}
			}
			j.Quantiles[levelName(level)] = m.Quantiles[q]
		}
		return j
	}
	first := one(f.Forecasts[0])
	first.Files = files
	if len(f.Forecasts) > 1 {
		for _, m := range f.Forecasts {
			first.Series = append(first.Series, one(m))
		}
	}
	return first
}

// stamps are RFC 3339 times where there are any, else the numbers of the rows.
func stamps(m models.Forecast) []string {
	if m.Times == nil {
		return m.Labels
	}
	out := make([]string, len(m.Times))
	for i, t := range m.Times {
		out[i] = t.Format(time.RFC3339)
	}
	return out
}

func levelName(level float64) string { return strconv.FormatFloat(level, 'g', 6, 64) }

func printForecast(c *console, f *job.Forecasts, files []string) error {
	if !c.quiet {
		if err := f.Figure.Text(c.out, report.TextOptions{}); err != nil {
			return err
		}
	}
	const most = 5
	for i, m := range f.Forecasts {
		if i == most {
			c.print("... and %d more series", len(f.Forecasts)-most)
			break
		}
		if len(f.Forecasts) > 1 {
			c.print("\n%s", m.Series)
		}
		for _, row := range rowsOf(m) {
			line := ""
			for k, cell := range row {
				if k == 0 {
					line = fmt.Sprintf("%-20s", cell)
				} else {
					line += fmt.Sprintf(" %14s", shorten(cell))
				}
			}
			c.print("%s", line)
		}
	}
	c.print("\nwrote %s", strings.Join(files, ", "))
	return nil
}

func shorten(cell string) string {
	if v, err := strconv.ParseFloat(cell, 64); err == nil {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return cell
}

// rowsOf is a forecast as a table: time, then each column's mean and quantiles.
func rowsOf(m models.Forecast) [][]string {
	header := []string{"time"}
	for _, name := range m.Columns {
		header = append(header, name)
		for _, level := range m.Levels {
			header = append(header, name+"_q"+levelName(level))
		}
	}
	rows := [][]string{header}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for h := range m.Mean {
		row := []string{m.Labels[h]}
		for d := range m.Columns {
			row = append(row, number(m.Mean[h][d]))
			for q := range m.Levels {
				row = append(row, number(m.Quantiles[q][h][d]))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// saveForecast writes the table and, if asked to, the pictures. It returns the files that were written, also beside an error.
func saveForecast(f *job.Forecasts, dir string, pictures bool) ([]string, error) {
	files := []string{filepath.Join(dir, "future.csv")}
	if pictures {
		files = append(files, filepath.Join(dir, "future.svg"), filepath.Join(dir, "future.png"))
	}
	err := atomicfile.Write(files[0], func(w io.Writer) error {
		out := csv.NewWriter(w)
		for i, m := range f.Forecasts {
			for k, row := range rowsOf(m) {
				if k == 0 && i > 0 {
					continue
				}
				if len(f.Forecasts) > 1 {
					name := m.Series
					if k == 0 {
						name = "series"
					}
					row = append([]string{name}, row...)
				}
				if err := out.Write(row); err != nil {
					return err
				}
			}
		}
		out.Flush()
		return out.Error()
	})
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(files))
	var drawing sync.WaitGroup
	for i, path := range files[1:] {
		drawing.Go(func() { errs[i] = report.Save(path, f.Figure) })
	}
	drawing.Wait()
	written := files[:1:1]
	for i, path := range files[1:] {
		if errs[i] == nil {
			written = append(written, path)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return written, fmt.Errorf("%w; the forecast is in %s", err, files[0])
	}
	return files, nil
}
