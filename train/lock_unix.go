//go:build unix && !solaris && !aix

package train

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// unnamed is how often an owner is asked for its id, a millisecond apart.
const unnamed = 50

// takeLock opens and locks the file. The kernel drops the lock when its process ends, however it ends. The file is
// nil when another process, the owner, has the lock; otherwise owner is whoever left an unlocked file behind.
func takeLock(path string) (f *os.File, owner string, err error) {
	for tries := 0; ; tries++ {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, "", err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			owner := readOwner(f)
			if err := f.Close(); owner != "" || err != nil || tries == unnamed {
				return nil, owner, err
			}
			time.Sleep(time.Millisecond) // the owner writes its id right after it has the lock
			continue
		}
		if err != nil {
			return nil, "", errors.Join(err, f.Close())
		}
		// The owner removes the file before it lets go: what was locked may no longer be what the path names.
		mine, err1 := f.Stat()
		there, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			return f, readOwner(f), nil
		}
		if err := f.Close(); err != nil {
			return nil, "", err
		}
	}
}

func dropLock(f *os.File) error { return errors.Join(os.Remove(f.Name()), f.Close()) }
