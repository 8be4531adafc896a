package job

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lenz/datasets"
)

// Data is what the data section of a Config opens.
type Data struct {
	Info               datasets.Info // of a named set; for a file, its name and season
	Series             []*datasets.Series
	Valid, Test        []*datasets.Series // of files of their own
	Sequences          *datasets.Data     // whole sequences, in place of series
	Targets            []string
	Checksums          map[string]string
	Notes              []string
	validFile, ownTest bool
}

// IsFile tells whether the name of data means a file: it looks like a path, or names one and no data set.
func IsFile(name string) bool {
	if strings.ContainsAny(name, `/\`) {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".gz", ".npy", ".npz", ".tsv", ".txt":
		return true
	}
	if _, err := datasets.Lookup(name); err == nil {
		return false
	}
	_, err := os.Stat(name)
	return err == nil
}

// OpenNamed opens a data set. What is wrong with its name or its settings is a wrong use: the data themselves come with the program.
func OpenNamed(name string, set map[string]string) (*datasets.Data, error) {
	d, err := datasets.Open(name, set)
	if err != nil {
		return nil, usage{err}
	}
	return d, nil
}

// Load opens the data, picks columns and settles missing values.
func (c *DataConfig) Load() (*Data, error) {
	d := &Data{Checksums: map[string]string{}}
	if !IsFile(c.Data) {
		named, err := OpenNamed(c.Data, c.Set)
		if err != nil {
			return nil, err
		}
		d.Info, d.Series = named.Info, named.Series
		if named.Tables != nil { // what has a model has been told so by readable
			return nil, fmt.Errorf("%s is a table of rows, neither a series nor sequences", c.Data)
		}
		if named.Series == nil {
			d.Sequences = named
			return d, nil
		}
		d.Checksums[c.Data] = sumOf(named.Series)
	} else if err := d.read(c, c.Data, &d.Series); err != nil {
		return nil, err
	}
	if c.Set != nil && IsFile(c.Data) {
		return nil, usage{fmt.Errorf("--data-set is for generated data; %s is a file", c.Data)}
	}
	d.validFile, d.ownTest = c.Valid != "", c.Test != ""
	if d.validFile != d.ownTest {
		return nil, fmt.Errorf("--valid and --test go together: give a file for each, or a --split")
	}
	if d.validFile {
		if err := d.read(c, c.Valid, &d.Valid); err != nil {
			return nil, fmt.Errorf("--valid: %w", err)
		}
		if err := d.read(c, c.Test, &d.Test); err != nil {
			return nil, fmt.Errorf("--test: %w", err)
		}
	}
	if err := d.pick(c); err != nil {
		return nil, err
	}
	if d.Info.Name == "" {
		d.Info = datasets.Info{Name: filepath.Base(c.Data), Period: d.Series[0].Freq.Period()}
	}
	if c.Period > 0 {
		d.Info.Period = c.Period
	}
	for _, s := range slices.Concat(d.Series, d.Valid, d.Test) {
		d.Notes = append(d.Notes, s.Notes...)
	}
	return d, nil
}

// read reads a file into dst and notes its checksum.
func (d *Data) read(c *DataConfig, path string, dst *[]*datasets.Series) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is a pipe or a device: save it to a file first, since a run reads its data again to test, to go on and to be repeated", path)
	}
	list, err := ReadSeries(c, path)
	if err != nil {
		return err
	}
	*dst = list
	name, err := filepath.Abs(path) // as config.toml has it
	if err != nil {
		return err
	}
	d.Checksums[name], err = sumOfFile(path)
	return err
}

// ReadSeries reads the series of a file as the configuration says.
func ReadSeries(c *DataConfig, path string) ([]*datasets.Series, error) {
	info, err := os.Stat(path)
	_, named := datasets.Lookup(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && named == nil:
		return nil, fmt.Errorf("there is no file %s: it is the name of a data set; lenz data export %s --out FILE makes a file of it", path, path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: check the path; lenz data lists the data sets that need no file", path)
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder; name a file in it", path)
	}
	o := datasets.CSVOptions{
		Header: c.Header, TimeColumn: c.TimeColumn, TimeFormat: c.TimeFormat, SeriesColumn: c.SeriesColumn, Columns: c.wanted(),
	}
	switch runes := []rune(c.Delimiter); {
	case c.Delimiter == "tab" || c.Delimiter == `\t`:
		o.Delimiter = '\t'
	case len(runes) == 1:
		o.Delimiter = runes[0]
	case len(runes) > 1:
		return nil, usage{fmt.Errorf("--delimiter %q: want one character, or tab", c.Delimiter)}
	}
	return datasets.ReadFile(path, o)
}

// wanted lists the columns to read: those named, the targets and the known ones; nil for all.
func (c *DataConfig) wanted() []string {
	if len(c.Columns) == 0 {
		return nil
	}
	all := slices.Clone(c.Columns)
	for _, name := range slices.Concat(c.Target, c.Known) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// pick chooses targets and columns, and settles missing values.
func (d *Data) pick(c *DataConfig) error {
	if len(d.Series) == 0 {
		return fmt.Errorf("%s holds no series", c.Data)
	}
	d.Targets = c.Target
	if len(d.Targets) == 0 {
		d.Targets = d.Info.Targets
	}
	if len(d.Targets) == 0 {
		for _, name := range slices.Backward(d.Series[0].Columns) {
			if !slices.Contains(c.Known, name) {
				d.Targets = []string{name}
				break
			}
		}
	}
	for _, name := range d.Targets {
		if slices.Contains(c.Known, name) {
			return fmt.Errorf("%s is a target and --known as well: a model that is told the future of its target has nothing to forecast; leave it out of --known", name)
		}
	}
	columns := c.wanted()
	if columns == nil {
		columns = d.withoutCounters(c)
	}
	if columns != nil && len(c.Target) == 0 {
		for _, t := range d.Targets {
			if !slices.Contains(columns, t) {
				columns = append(columns, t)
			}
		}
	}
	for _, list := range [][]*datasets.Series{d.Series, d.Valid, d.Test} {
		for i, s := range list {
			picked, err := Pick(s, columns, slices.Concat(d.Targets, c.Known), datasets.MissingPolicy(c.Missing))
			if err != nil {
				return err
			}
			list[i] = picked
		}
	}
	return nil
}

// withoutCounters lists the columns of a file but for those that only number the rows, which say nothing about the future and
// leave the training part's range at once; nil when there are none.
func (d *Data) withoutCounters(c *DataConfig) []string {
	if !IsFile(c.Data) {
		return nil
	}
	var kept, counters []string
	for _, name := range d.Series[0].Columns {
		counts := !slices.Contains(d.Targets, name) && !slices.Contains(c.Known, name)
		for _, s := range d.Series {
			counts = counts && countsRows(s, name)
		}
		if counts {
			counters = append(counters, name)
		} else {
			kept = append(kept, name)
		}
	}
	if counters == nil {
		return nil
	}
	d.Notes = append(d.Notes, fmt.Sprintf("left out, since they only number the rows: %s; --columns keeps them", strings.Join(counters, ", ")))
	return kept
}

func countsRows(s *datasets.Series, column string) bool {
	v, err := s.Column(column)
	if err != nil || len(v) < 2 {
		return false
	}
	for i := range v {
		if v[i] != v[0]+float64(i) {
			return false
		}
	}
	return true
}

// Pick selects columns of a series (nil for all), makes sure that the needed ones are there, and applies the policy for missing values.
func Pick(s *datasets.Series, columns, needed []string, missing datasets.MissingPolicy) (*datasets.Series, error) {
	for _, name := range needed {
		if _, err := s.Index(name); err != nil {
			return nil, err
		}
	}
	if columns != nil {
		var err error
		if s, err = s.Select(columns...); err != nil {
			return nil, err
		}
	}
	return s.ResolveMissing(missing)
}

// sumOfFile is the SHA-256 of a file's bytes.
func sumOfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sumOf is the SHA-256 of the numbers of series that come with the program.
func sumOf(list []*datasets.Series) string {
	h := sha256.New()
	var b [8]byte
	for _, s := range list {
		for i, name := range s.Columns {
			fmt.Fprintf(h, "%s\n", name)
			for _, v := range s.Values[i] {
				binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
				h.Write(b[:])
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
