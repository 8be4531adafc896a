// Package disktest puts what is written through a disk.Layer to the test. Recorder keeps every operation, and CrashStates makes
// of them each folder that a power failure could leave; Faulty fails at an operation of choice, as a full or broken disk does.
package disktest
