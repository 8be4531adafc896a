package train

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"lenz/internal/atomicfile"
	"lenz/internal/disk"
	"lenz/internal/state"
)

// Row is a line of metrics.csv. The metrics of a batch are named batch_NAME, those of an epoch NAME.
type Row struct {
	Step, Epoch int    // steps done; epochs ended
	Split       string // train or valid
	Name        string
	Value       float64
	Seconds     float64 // that the run had taken
}

var rowHeader = []string{"step", "epoch", "split", "name", "value", "seconds"}

func (r Row) fields() []string {
	return []string{
		strconv.Itoa(r.Step), strconv.Itoa(r.Epoch), r.Split, r.Name,
		strconv.FormatFloat(r.Value, 'g', -1, 64), strconv.FormatFloat(r.Seconds, 'f', 3, 64),
	}
}

// ReadMetrics reads what a MetricsLog wrote. Errors name the line.
func ReadMetrics(r io.Reader) ([]Row, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(rowHeader)
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	if !slices.Equal(header, rowHeader) {
		return nil, fmt.Errorf("metrics: the columns are %q, want %q", header, rowHeader)
	}
	var rows []Row
	for {
		f, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
		row, err := parseRow(f)
		if err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("metrics: line %d: %w", line, err)
		}
		rows = append(rows, row)
	}
}

func parseRow(f []string) (Row, error) {
	step, err1 := strconv.Atoi(f[0])
	epoch, err2 := strconv.Atoi(f[1])
	value, err3 := strconv.ParseFloat(f[4], 64)
	seconds, err4 := strconv.ParseFloat(f[5], 64)
	return Row{step, epoch, f[2], f[3], value, seconds}, errors.Join(err1, err2, err3, err4)
}

// MetricsLog writes every metric to a CSV file with the columns step, epoch, split, name, value, seconds: those of batches as
// batch_NAME, those of epochs as NAME, in the order of their names. A resumed run cuts the file back to what was there at the
// checkpoint and goes on: but for the seconds it is the file of a run that never stopped.
//
// Every(n, Step, log) thins the batches out.
type MetricsLog struct {
	path string
	file disk.File
	out  *bufio.Writer
	csv  *csv.Writer
	rows int // written, the header not counted

	layer disk.Layer // that is written through
}

var _ NamedObserver = (*MetricsLog)(nil)

// NewMetricsLog returns the observer for a file that is made at the start of the run.
func NewMetricsLog(path string) *MetricsLog { return &MetricsLog{path: path, layer: disk.OS{}} }

// Name is "metrics log".
func (l *MetricsLog) Name() string { return "metrics log" }

// Observe writes the event's metrics. The file is on disk before a checkpoint is kept, so list the log before the checkpoints.
func (l *MetricsLog) Observe(e Event) error {
	switch e.Kind {
	case Start:
		return l.open(e.Resumed)
	case Step:
		return l.write(e, "train", "batch_", e.Train)
	case EpochEnd:
		if err := l.write(e, "train", "", e.Train); err != nil {
			return err
		}
		return l.write(e, "valid", "", e.Valid)
	case Save:
		return l.flush(true)
	}
	return l.close()
}

func (l *MetricsLog) open(resumed bool) error {
	if !resumed {
		l.rows = 0
	}
	if err := l.cut(); err != nil {
		return err
	}
	f, err := l.layer.Append(l.path)
	if err != nil {
		return fmt.Errorf("train: metrics log: %w", err)
	}
	l.file, l.out = f, bufio.NewWriter(f)
	l.csv = csv.NewWriter(l.out)
	return nil
}

// cut makes the file hold the header and the rows of the checkpoint. A file that is gone begins anew: then only
// the rows after the checkpoint are known.
func (l *MetricsLog) cut() error {
	var kept [][]string
	if l.rows > 0 {
		var err error
		kept, err = l.first(l.rows)
		if err != nil {
			return err
		}
	}
	l.rows = len(kept)
	return atomicfile.Writer{Layer: l.layer}.Write(l.path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		if err := c.Write(rowHeader); err != nil {
			return err
		}
		return c.WriteAll(kept)
	})
}

// first reads n rows.
func (l *MetricsLog) first(n int) ([][]string, error) {
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("train: metrics log: %w", err)
	}
	defer f.Close()
	c := csv.NewReader(f)
	c.FieldsPerRecord = len(rowHeader)
	rows := make([][]string, 0, n)
	for i := range n + 1 {
		row, err := c.Read()
		if err != nil {
			return nil, fmt.Errorf("train: %s has %d rows, the checkpoint was kept after %d: the file was changed since; move it away to begin a new one (%w)", l.path, max(0, i-1), n, err)
		}
		if i > 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (l *MetricsLog) write(e Event, split, prefix string, m Metrics) error {
	for _, name := range names(m) {
		row := Row{e.Step, e.Epoch, split, prefix + name, m[name], e.Seconds}
		if err := l.csv.Write(row.fields()); err != nil {
			return fmt.Errorf("train: metrics log %s: %w", l.path, err)
		}
		l.rows++
	}
	if e.Kind == EpochEnd {
		return l.flush(false)
	}
	return nil
}

func (l *MetricsLog) flush(sync bool) error {
	l.csv.Flush()
	err := errors.Join(l.csv.Error(), l.out.Flush())
	if err == nil && sync {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("train: metrics log %s: %w", l.path, err)
	}
	return nil
}

func (l *MetricsLog) close() error {
	if l.file == nil { // the run failed before it began
		return nil
	}
	err := l.flush(false)
	if closed := l.file.Close(); err == nil && closed != nil {
		err = fmt.Errorf("train: metrics log %s: %w", l.path, closed)
	}
	l.file = nil
	return err
}

// State returns the number of rows.
func (l *MetricsLog) State() State { return State{"rows": l.rows} }

// Restore takes what State gave. The file is cut back at the start of the run.
func (l *MetricsLog) Restore(from State) error {
	rows, err := state.Get[int](from, "rows")
	if err == nil && rows < 0 {
		err = fmt.Errorf("train: metrics log: %d rows", rows)
	}
	l.rows = rows
	return err
}
