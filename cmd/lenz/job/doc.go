// Package job is what lenz train, evaluate and forecast do, without the command line: a Config says what to run, Train runs
// it into a run directory, Open reads a run directory back. It wires the packages of the library together and holds no
// numerics of its own.
package job
