// Package bounded holds what reads a file of unknown origin to its bounds: a second of time, and memory for four times what was
// decoded and 16 MiB. It is for tests and fuzz targets.
package bounded

import (
	"fmt"
	"os"
	"runtime/metrics"
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
	var err error
	for range 3 {
		before, start := allocated(), time.Now()
		limits := read()
		took, bytes := time.Since(start), allocated()-before
		if took <= limits.Time && bytes <= limits.Bytes {
			return nil
		}
		if bytes <= limits.Bytes && os.Getenv("LENZ_TORTURE") == "" && took <= 20*limits.Time {
			return nil
		}
		err = fmt.Errorf("it took %v and %d bytes, of %v and %d", took, bytes, limits.Time, limits.Bytes)
	}
	return err
}

// allocated is how many bytes the process has allocated so far. It stops nobody, as runtime.ReadMemStats would, which a fuzz target
// would do little besides; what small objects took is counted when their span is full, so that it is short by at most one span (8 to
// 32 KiB) of each size, far below the 16 MiB that are always allowed.
func allocated() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
