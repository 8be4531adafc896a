// Package memory tells how much memory there is, so that work which cannot fit is refused with a word: the operating system would kill
// the program without one.
package memory

import (
	"os"
	"strconv"
	"strings"
)

// Free is what the system and the container leave, in bytes; 0 where that is not known.
func Free() float64 {
	free := 0.0
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) > 1 && f[0] == "MemAvailable:" {
			if kilo, err := strconv.ParseFloat(f[1], 64); err == nil {
				free = kilo * 1024
			}
		}
	}
	limit, used := number("/sys/fs/cgroup/memory.max"), number("/sys/fs/cgroup/memory.current")
	if left := limit - used; limit > 0 && used > 0 && left > 0 && (free == 0 || left < free) {
		free = left
	}
	return free
}

// number reads a file that holds one number; 0 if it does not.
func number(path string) float64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if err != nil {
		return 0
	}
	return v
}
