// Package bench times training steps and kernels on this machine: what lenz bench runs.
//
// A bench is one row of List and one file: its name, its sizes (the flags of its command), the cases of the table, and
// Prepare, which returns the work to be timed. Work that counts its operations or its bytes is set beside what the machine
// can do (Roofs). Work that can be dumped writes what went in and what came out, so that another program can show that
// it computes the same before the two are timed (docs/peers).
package bench
