package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// contents is what fills a folder: a run or a study.
type contents struct {
	study bool
}

// written are the files that a run or a study writes, but for pictures, whose names depend on the model.
var written = []string{
	fileMetrics, fileResult, fileBest, fileLast, fileReport, fileGraph, dirCheckpoints,
	fileJournal, fileStudy, fileCurves, fileTimes, fileBestConfig,
}

// free makes sure that a folder, if it is there, holds neither a run nor a study, nor anything of somebody's own that would be written over.
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
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // it is not there, or no folder: told where it is made
	}
	for _, e := range entries {
		ending := filepath.Ext(e.Name())
		if slices.Contains(written, e.Name()) || ending == ".svg" || ending == ".png" {
			return fmt.Errorf("%s holds %s, which is of no run or study and could be written over: give another --out, or move it away", folder, e.Name())
		}
	}
	return nil
}
