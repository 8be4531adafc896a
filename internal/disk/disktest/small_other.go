//go:build !linux

package disktest

import "testing"

// SmallDisk mounts a file system in memory of so many bytes, on Linux.
func SmallDisk(t testing.TB, _ int) string {
	t.Helper()
	t.Skip("a small file system is mounted on Linux only")
	return ""
}
