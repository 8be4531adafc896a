//go:build !unix || solaris || aix

package train

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// takeLock makes the file, which must not exist, unless its owner is no longer alive. The file is nil when the owner
// has the lock; otherwise owner is whoever left the file behind.
func takeLock(path string) (f *os.File, owner string, err error) {
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if !errors.Is(err, fs.ErrExist) {
		return f, "", err
	}
	if f, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, "", err
	}
	owner = readOwner(f)
	if pid, err := strconv.Atoi(owner); err == nil {
		if p, err := os.FindProcess(pid); err == nil {
			return nil, owner, errors.Join(p.Release(), f.Close())
		}
	}
	return f, owner, nil
}

// dropLock closes before it removes, since an open file cannot be removed there.
func dropLock(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
