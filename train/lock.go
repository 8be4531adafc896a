package train

import (
	"errors"
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

// ErrLocked says that another run has the lock of a folder.
var ErrLocked = errors.New("is in use by another run")

// Lock takes the lock of an existing folder. If another process has it, the error is ErrLocked and names its id. A lock that a killed
// process left behind is taken over, and the note says so.
func Lock(dir string) (lock *RunLock, note string, err error) {
	path := filepath.Join(dir, lockFile)
	f, owner, err := takeLock(path)
	if err != nil {
		return nil, "", fmt.Errorf("train: lock of %s: %w", dir, err)
	}
	if f == nil {
		if owner != "" {
			owner = " (process " + owner + ")"
		}
		return nil, "", fmt.Errorf("train: %s %w%s: wait for it, or choose another folder", dir, ErrLocked, owner)
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
	id := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if _, err := f.WriteAt(id, 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(id))) // last: whoever reads meanwhile finds an id
}

// readOwner returns the process id in the file, or "".
func readOwner(f *os.File) string {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0)
	first, _, _ := strings.Cut(string(b[:n]), "\n") // behind it may be the end of a longer one
	return strings.TrimSpace(first)
}
