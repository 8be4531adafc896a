// Package atomicfile writes files and folders that are either there whole or not there at all.
//
// Write is for one file; Dir is for a folder whose files belong together, such as a checkpoint; Sweep removes what a
// killed process left behind.
package atomicfile
