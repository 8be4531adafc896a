package job

import (
	"fmt"
	"os"
	"path/filepath"
)

// contents is what fills a folder: a run or a study.
type contents struct {
	study bool
}

// free makes sure that a folder, if it is there, holds neither a run nor a study.
func (c contents) free(folder string) error {
	there := func(name string) bool {
		_, err := os.Lstat(filepath.Join(folder, name))
		return err == nil
	}
	study, run := there(filePlan), there(fileConfig)
	switch {
	case study && c.study:
		return fmt.Errorf("%s already holds a study; give another --out, or go on with --resume %s", folder, folder)
	case study:
		return fmt.Errorf("%s holds a study, and a run would write over its report; give another --out", folder)
	case run && c.study:
		return fmt.Errorf("%s holds a run, and a study would write over its report; give another --out", folder)
	case run:
		return fmt.Errorf("%s already holds a run; give another --out, or go on with --resume %s", folder, folder)
	}
	return nil
}
