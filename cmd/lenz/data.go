package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"lenz/cmd/lenz/job"
	"lenz/datasets"
	"lenz/internal/atomicfile"
	"lenz/train/report"
)

func newData(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "List, show and export the data sets and generators",
		Args:  exactly(0, "a subcommand: list, show or export"),
		RunE:  func(*cobra.Command, []string) error { return listData(c) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the embedded series and the generators", Args: exactly(0, "none"),
		RunE: func(*cobra.Command, []string) error { return listData(c) },
	}
	config := job.Default().Data
	show := &cobra.Command{
		Use: "show NAME|FILE", Short: "Show the columns of a data set or a file", Args: exactly(1, "the name of a data set or a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := idleShow(cmd, args[0]); err != nil {
				return usageError{err}
			}
			return showData(c, config, args[0])
		},
	}
	var out string
	export := &cobra.Command{
		Use: "export NAME", Short: "Write a data set as CSV", Args: exactly(1, "the name of a data set"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := idleShow(cmd, args[0]); err != nil {
				return usageError{err}
			}
			return exportData(c, config, args[0], out)
		},
	}
	export.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	for _, sub := range []*cobra.Command{show, export} {
		sub.Flags().StringToStringVar(&config.Set, "data-set", nil, "setting of a generator, as name=value")
	}
	for _, f := range []struct {
		p         *string
		name, doc string
	}{{&config.Delimiter, "delimiter", "between fields of a CSV file"}, {&config.TimeColumn, "time-column", "column of time stamps"},
		{&config.SeriesColumn, "series-column", "column that names the series of a row"}} {
		show.Flags().StringVar(f.p, f.name, "", f.doc)
	}
	cmd.AddCommand(list, show, export)
	return cmd
}

type dataInfo struct {
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Source      string        `json:"source"`
	Licence     string        `json:"licence,omitempty"`
	Kind        string        `json:"kind"`
	Targets     []string      `json:"targets,omitempty"`
	Period      int           `json:"period,omitempty"`
	Settings    []dataSetting `json:"settings,omitempty"`
}

type dataSetting struct {
	Name    string  `json:"name"`
	Default float64 `json:"default"`
	Doc     string  `json:"doc"`
}

func listData(c *console) error {
	var all []dataInfo
	for _, i := range datasets.List() {
		d := dataInfo{Name: i.Name, Description: i.Description, Source: i.Source, Licence: i.Licence, Kind: "series", Targets: i.Targets, Period: i.Period}
		switch {
		case i.Sequences:
			d.Kind = "sequences"
		case i.Tables:
			d.Kind = "rows"
		case len(i.Settings) > 0:
			d.Kind = "generator"
		}
		for _, s := range i.Settings {
			d.Settings = append(d.Settings, dataSetting{s.Name, s.Default, s.Help})
		}
		all = append(all, d)
		c.print("%-18s %s", d.Name, d.Description)
		for _, s := range d.Settings {
			c.print("    %-14s %-8v %s", s.Name, s.Default, s.Doc)
		}
	}
	c.say("\nUse with lenz train --data NAME; settings of generators with --data-set name=value. lenz data show NAME says more.")
	return c.object(map[string]any{"data": all})
}

type columnInfo struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	Missing int      `json:"missing"`
	Min     *float64 `json:"min"`
	Mean    *float64 `json:"mean"`
	Max     *float64 `json:"max"`
}

type seriesInfo struct {
	Name      string       `json:"name"`
	Rows      int          `json:"rows"`
	First     string       `json:"first"`
	Last      string       `json:"last"`
	Frequency string       `json:"frequency"`
	Columns   []columnInfo `json:"columns"`
	Notes     []string     `json:"notes,omitempty"`
}

// idleShow refuses flags that would do nothing: those of a generator for a file, those of a CSV file for anything else.
func idleShow(cmd *cobra.Command, name string) error {
	file := job.IsFile(name)
	if file && cmd.Flags().Changed("data-set") {
		return fmt.Errorf("--data-set is for generated data; %s is a file", name)
	}
	for _, flag := range []string{"delimiter", "time-column", "series-column"} {
		if f := cmd.Flags().Lookup(flag); f != nil && f.Changed && !file {
			return fmt.Errorf("--%s is for CSV files; %s is a data set", flag, name)
		}
	}
	return nil
}

func showData(c *console, config job.DataConfig, name string) error {
	config.Data = name
	tables, info, err := openTables(&config)
	if err != nil {
		return err
	}
	if tables != nil {
		return showTables(c, name, info, tables)
	}
	list, info, err := openAny(&config)
	if err != nil {
		return err
	}
	if info.Description != "" {
		c.print("%s\nSource: %s\nLicence: %s\n", info.Description, info.Source, info.Licence)
	}
	const most = 12
	var all []seriesInfo
	for i, s := range list {
		d := seriesInfo{Name: s.Name, Rows: s.Rows(), First: s.Label(0), Last: s.Label(s.Rows() - 1), Frequency: s.Freq.String(), Notes: s.Notes}
		shown := i < most
		if shown {
			c.print("%s: %d rows, %s to %s, %s", d.Name, d.Rows, d.First, d.Last, d.Frequency)
		}
		for k, name := range s.Columns {
			ci := describe(name, s.Values[k])
			d.Columns = append(d.Columns, ci)
			if shown {
				c.print("  %-24s %s  min %s  mean %s  max %s  missing %d", name, report.Sparkline(s.Values[k], 40), number(ci.Min), number(ci.Mean), number(ci.Max), ci.Missing)
			}
		}
		for _, n := range s.Notes {
			c.say("note: %s", n)
		}
		all = append(all, d)
	}
	if len(list) > most {
		c.print("... and %d more series", len(list)-most)
	}
	return c.object(map[string]any{"data": name, "series": all})
}

// openTables opens rows by a name or from a file; nil for data of another kind.
func openTables(config *job.DataConfig) (*datasets.Tables, datasets.Info, error) {
	if !job.IsFile(config.Data) {
		if info, err := datasets.Lookup(config.Data); err != nil || !info.Tables {
			return nil, datasets.Info{}, nil // what is unknown is told where it is opened
		}
		d, err := job.OpenNamed(config.Data, config.Set)
		if err != nil {
			return nil, datasets.Info{}, err
		}
		return d.Tables, d.Info, nil
	}
	if is, err := datasets.IsTable(config.Data); err != nil || !is {
		return nil, datasets.Info{}, nil
	}
	t, err := datasets.ReadTables(config.Data, "", "", datasets.SplitSpec{Train: 1})
	return t, datasets.Info{}, err
}

// showTables shows the parts of a set of rows.
func showTables(c *console, name string, info datasets.Info, tables *datasets.Tables) error {
	if info.Description != "" {
		c.print("%s\nSource: %s\nLicence: %s\n", info.Description, info.Source, info.Licence)
	}
	type part struct {
		Name    string `json:"name"`
		Rows    int    `json:"rows"`
		Values  int    `json:"values"`
		Classes int    `json:"classes"`
	}
	var all []part
	for _, p := range []struct {
		name  string
		table *datasets.Table
	}{{"train", tables.Train}, {"valid", tables.Valid}, {"test", tables.Test}} {
		if p.table == nil {
			continue
		}
		all = append(all, part{p.name, p.table.Rows, len(p.table.Columns), p.table.Classes})
		c.print("%-6s %d rows of %d values, %d classes", p.name, p.table.Rows, len(p.table.Columns), p.table.Classes)
	}
	return c.object(map[string]any{"data": name, "parts": all})
}

// openAny opens a data set or a file as it is, with missing values.
func openAny(config *job.DataConfig) ([]*datasets.Series, datasets.Info, error) {
	if job.IsFile(config.Data) {
		list, err := job.ReadSeries(config, config.Data)
		return list, datasets.Info{}, err
	}
	d, err := job.OpenNamed(config.Data, config.Set)
	if err != nil {
		return nil, datasets.Info{}, err
	}
	if d.Series == nil {
		return nil, datasets.Info{}, fmt.Errorf("%s is made of whole sequences or rows, not of columns: %s", config.Data, d.Info.Description)
	}
	return d.Series, d.Info, nil
}

func describe(name string, values []float64) columnInfo {
	c := columnInfo{Name: name, Rows: len(values)}
	low, high, sum, n := math.Inf(1), math.Inf(-1), 0.0, 0
	for _, v := range values {
		if math.IsNaN(v) {
			c.Missing++
			continue
		}
		low, high, sum, n = min(low, v), max(high, v), sum+v, n+1
	}
	if n > 0 {
		mean := sum / float64(n)
		c.Min, c.Mean, c.Max = &low, &mean, &high
	}
	return c
}

func number(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'g', 5, 64)
}

func exportData(c *console, config job.DataConfig, name, out string) error {
	config.Data = name
	list, _, err := openAny(&config)
	if err != nil {
		return err
	}
	if len(list) != 1 {
		return fmt.Errorf("%s has %d series; export writes one", name, len(list))
	}
	write := list[0].WriteCSV
	if out == "" {
		if c.json {
			return usageError{fmt.Errorf("export writes CSV to standard output; with --json give --out FILE")}
		}
		buffered := bufio.NewWriter(c.out)
		if err := write(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	}
	if err := atomicfile.Write(out, write); err != nil {
		return err
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	c.say("wrote %s, %d bytes", out, info.Size())
	return c.object(map[string]any{"data": name, "file": out, "bytes": info.Size()})
}
