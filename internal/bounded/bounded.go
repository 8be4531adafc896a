// Package bounded holds what reads a file of unknown origin to its bounds: a second of time, and memory for four times what was
// decoded and 16 MiB. It is for tests and fuzz targets.
package bounded

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// Limits are the bounds of one reading.
type Limits struct {
	Time  time.Duration
	Bytes uint64 // allocated in all, also what was given back
}

// Decoded is what reading a file may take that gave so many bytes of values; 0 for a file that was refused.
func Decoded(bytes int) Limits { return Limits{time.Second, 16<<20 + 4*uint64(bytes)} }

// Run runs read, which returns the limits that what it found allows. The time is the best of three, and may be twenty
// times the limit, since others may be running; with LENZ_TORTURE set, on a machine that does nothing else, it is held to the limit.
func Run(read func() Limits) error {
	patience := time.Duration(20)
	if os.Getenv("LENZ_TORTURE") != "" {
		patience = 1
	}
	var err error
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		limits := read()
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		bytes := after.TotalAlloc - before.TotalAlloc
		if took <= patience*limits.Time && bytes <= limits.Bytes {
			return nil
		}
		err = fmt.Errorf("it took %v and %d bytes, of %v and %d", took, bytes, limits.Time, limits.Bytes)
	}
	return err
}
