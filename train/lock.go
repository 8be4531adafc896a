package train

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockFile is the name of the file in a run's folder that holds the process id of its owner.
const lockFile = ".lock"

// RunLock is the right to write to a run's folder: two runs on one folder would destroy each other's files.
type RunLock struct{ file *os.File }

// Lock takes the lock of an existing folder. If another process has it, the error names its id. A lock that a killed
// process left behind is taken over, and the note says so.
func Lock(dir string) (lock *RunLock, note string, err error) {
	path := filepath.Join(dir, lockFile)
	f, owner, err := takeLock(path)
	if err != nil {
		return nil, "", fmt.Errorf("train: lock of %s: %w", dir, err)
	}
	if f == nil {
		return nil, "", fmt.Errorf("train: %s is in use by another run (process %s): wait for it, or choose another folder", dir, owner)
	}
	if owner != "" {
		note = fmt.Sprintf("the lock of %s is taken over from process %s, which ended without giving it back", dir, owner)
	}
	if err := writeOwner(f); err != nil {
		_ = f.Close()
		return nil, "", fmt.Errorf("train: lock of %s: %w", dir, err)
	}
	return &RunLock{f}, note, nil
}

// Release gives the lock back and removes its file.
func (l *RunLock) Release() error {
	if l.file == nil {
		return nil
	}
	err := dropLock(l.file)
	l.file = nil
	return err
}

func writeOwner(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// readOwner returns the process id in the file, or "".
func readOwner(f *os.File) string {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0)
	return strings.TrimSpace(string(b[:n]))
}
