package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"lenz/internal/disk"
)

// Record is a trial that has ended.
type Record struct {
	Trial   Trial   `json:"trial"`
	Outcome Outcome `json:"outcome"`
}

// Records are trials that have ended, by their ID.
type Records map[string]Record

// Journal is a file that holds each finished trial as a line of JSON. A line is on the disk before the next trial is told
// of: a process that is killed loses what it was doing, never what it had done.
type Journal struct {
	file    *os.File
	records Records
}

// OpenJournal opens the journal at path, or begins one. A last line that was cut off by a kill is removed; a line that is
// damaged is passed over with a note, and its trial runs again.
func OpenJournal(path string) (*Journal, []string, error) {
	text, err := os.ReadFile(path)
	begun := errors.Is(err, fs.ErrNotExist)
	if err != nil && !begun {
		return nil, nil, fmt.Errorf("study: journal: %w", err)
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	j := &Journal{records: Records{}}
	var notes []string
	for i, line := range bytes.Split(text[:whole], []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var r Record
		if err := json.Unmarshal(line, &r); err != nil || r.Trial.Task == "" || r.Outcome.Status == "" {
			notes = append(notes, fmt.Sprintf("line %d of %s is damaged: its trial runs again", i+1, path))
			continue
		}
		j.records[r.Trial.ID()] = r
	}
	if whole < len(text) {
		notes = append(notes, fmt.Sprintf("the last line of %s was cut off: its trial runs again", path))
		if err := os.Truncate(path, int64(whole)); err != nil {
			return nil, notes, fmt.Errorf("study: journal: %w", err)
		}
	}
	if j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666); err != nil {
		return nil, notes, fmt.Errorf("study: journal: %w", err)
	}
	if begun {
		if err := (disk.OS{}).SyncDir(filepath.Dir(path)); err != nil {
			return nil, notes, errors.Join(fmt.Errorf("study: journal: %w", err), j.file.Close())
		}
	}
	return j, notes, nil
}

// Records returns what the journal held when it was opened.
func (j *Journal) Records() Records { return maps.Clone(j.records) }

// Keep writes a finished trial, and returns when it is on the disk.
func (j *Journal) Keep(t Trial, o Outcome) error {
	t.Setup = nil // the plan has it
	line, err := json.Marshal(Record{t, o})
	if err != nil {
		return fmt.Errorf("study: journal: %w", err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("study: journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("study: journal: %w", err)
	}
	return nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }
