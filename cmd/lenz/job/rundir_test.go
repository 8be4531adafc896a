package job

import (
	"sync"
	"testing"
)

func TestRunsThatBeginAtOnceGetTheirOwnFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	var all sync.Map
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			d, _, err := NewDir("", "x")
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if _, twice := all.LoadOrStore(d.Path, true); twice {
				t.Errorf("%s is given twice", d.Path)
			}
		})
	}
	group.Wait()
}
