package disktest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lenz/internal/disk"
)

// kind is what an operation does.
type kind string

const (
	create  kind = "create"
	open    kind = "open"
	mkdir   kind = "mkdir"
	write   kind = "write"
	sync    kind = "sync"
	rename  kind = "rename"
	remove  kind = "remove"
	syncDir kind = "sync folder"
)

// op is an operation on a path, which is relative to the recorder's root. That of a write or sync is the path that the file was
// made or opened under; file numbers the files in the order of that.
type op struct {
	kind kind
	path string
	to   string // of a rename
	data []byte // of a write
	file int    // of a create, open, write or sync
}

// Recorder does what it is told, and keeps the operations that succeeded.
type Recorder struct {
	root  string
	start map[string][]byte // what was there; nil for a folder
	ops   []op
	files int
}

var _ disk.Layer = (*Recorder)(nil)

// NewRecorder records what happens below a folder. What is there now counts as on disk.
func NewRecorder(root string) (*Recorder, error) {
	r := &Recorder{root: root, start: map[string][]byte{}}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		var content []byte
		if !e.IsDir() {
			if content, err = os.ReadFile(path); content == nil {
				content = []byte{}
			}
		}
		r.start[r.relative(path)] = content
		return err
	})
	return r, err
}

// Len is the number of operations so far.
func (r *Recorder) Len() int { return len(r.ops) }

// String lists the operations, one a line.
func (r *Recorder) String() string {
	var b strings.Builder
	for i, o := range r.ops {
		fmt.Fprintf(&b, "%3d %s %s", i, o.kind, o.path)
		if o.to != "" {
			fmt.Fprintf(&b, " -> %s", o.to)
		}
		if o.kind == write {
			fmt.Fprintf(&b, " (%d bytes)", len(o.data))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (r *Recorder) relative(path string) string {
	if rel, err := filepath.Rel(r.root, path); err == nil {
		return rel
	}
	return path
}

func (r *Recorder) done(err error, o op) error {
	if err == nil {
		r.ops = append(r.ops, o)
	}
	return err
}

// Create makes a file whose writes and syncs are recorded too.
func (r *Recorder) Create(path string) (disk.File, error) {
	f, err := disk.OS{}.Create(path)
	return r.record(f, err, create, path)
}

// Append opens a file whose writes and syncs are recorded too.
func (r *Recorder) Append(path string) (disk.File, error) {
	f, err := disk.OS{}.Append(path)
	return r.record(f, err, open, path)
}

func (r *Recorder) record(f disk.File, err error, how kind, path string) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	r.files++
	o := op{kind: how, path: r.relative(path), file: r.files}
	return &recorded{f, r, o}, r.done(nil, o)
}

// Mkdir makes a folder.
func (r *Recorder) Mkdir(path string) error {
	return r.done(disk.OS{}.Mkdir(path), op{kind: mkdir, path: r.relative(path)})
}

// Rename moves a file or folder.
func (r *Recorder) Rename(from, to string) error {
	return r.done(disk.OS{}.Rename(from, to), op{kind: rename, path: r.relative(from), to: r.relative(to)})
}

// Remove removes a file or an empty folder.
func (r *Recorder) Remove(path string) error {
	return r.done(disk.OS{}.Remove(path), op{kind: remove, path: r.relative(path)})
}

// SyncDir records that the names of a folder are on disk. It does not wait for the real one.
func (r *Recorder) SyncDir(path string) error {
	_, err := os.Stat(path)
	return r.done(err, op{kind: syncDir, path: r.relative(path)})
}

// recorded is a file of a Recorder.
type recorded struct {
	disk.File
	r    *Recorder
	made op
}

func (f *recorded) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.r.ops = append(f.r.ops, op{kind: write, path: f.made.path, file: f.made.file, data: bytes.Clone(b[:n])})
	return n, err
}

// Sync records that the content is on disk. It does not wait for the real one.
func (f *recorded) Sync() error {
	return f.r.done(nil, op{kind: sync, path: f.made.path, file: f.made.file})
}
