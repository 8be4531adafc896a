package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

// Write makes the file at path hold what write writes, and nothing else: the bytes go to a temporary file in the same
// folder, which is synced to disk and renamed. On an error, which names the path, an earlier file is unchanged and
// the temporary file is gone. The writer is buffered and flushed here.
func Write(path string, write func(io.Writer) error) error {
	if err := writeFile(path, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncPath(filepath.Dir(path))
}

// Dir makes the folder at path hold the files that fill writes into the folder it is given, and nothing else: that
// is a temporary folder beside path, whose files are synced to disk before it is renamed. A folder that was at path
// is replaced. On an error, which names the path, the temporary folder is gone.
func Dir(path string, fill func(dir string) error) error {
	if err := writeDir(path, fill); err != nil {
		return fmt.Errorf("write folder %s: %w", path, err)
	}
	return nil
}

func writeDir(path string, fill func(dir string) error) error {
	tmp, err := mkdir(path)
	if err != nil {
		return err
	}
	err = fill(tmp)
	if err == nil {
		err = syncTree(tmp)
	}
	if err == nil {
		err = replace(tmp, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(tmp))
	}
	return syncPath(filepath.Dir(path))
}

// Sweep removes temporary files and folders that a killed process left in the folder, and returns their names. Only
// the owner of the folder may call it: what another process is writing at the moment would be removed too.
func Sweep(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var swept []string
	for _, e := range entries {
		if !temporary.MatchString(e.Name()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return swept, err
		}
		swept = append(swept, e.Name())
	}
	return swept, nil
}

// temporary matches the names that temporaryName gives.
var temporary = regexp.MustCompile(`^\..+\.tmp-[0-9]+-[0-9]+$`)

func temporaryName(path string, try int) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.tmp-%d-%d", filepath.Base(path), os.Getpid(), try))
}

// tries bounds the search for a free name; each taken one was left by a killed process of the same id, or belongs to
// a writer of the same path in this process.
const tries = 1000

func create(path string) (*os.File, error) {
	for try := range tries {
		f, err := os.OpenFile(temporaryName(path, try), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, fmt.Errorf("%d temporary files are in the way", tries)
}

func mkdir(path string) (string, error) {
	for try := range tries {
		tmp := temporaryName(path, try)
		err := os.Mkdir(tmp, 0o777)
		if !errors.Is(err, fs.ErrExist) {
			return tmp, err
		}
	}
	return "", fmt.Errorf("%d temporary folders are in the way", tries)
}

// replace renames a folder; one that is in the way is moved aside first, since a folder with files cannot be renamed
// over.
func replace(tmp, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(tmp, path)
	} else if err != nil {
		return err
	}
	aside, err := mkdir(path)
	if err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(aside, "old")); err != nil {
		return errors.Join(err, os.RemoveAll(aside))
	}
	if err := os.Rename(tmp, path); err != nil {
		return errors.Join(err, os.Rename(filepath.Join(aside, "old"), path), os.RemoveAll(aside))
	}
	return os.RemoveAll(aside)
}

// syncTree syncs every file and folder under dir, and dir.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
}

// syncPath syncs a folder or a file to disk. Windows opens no folder for that, and wants a file open for writing.
func syncPath(path string) error {
	flag := os.O_RDONLY
	if runtime.GOOS == "windows" {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			return err
		}
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
