// Package datasets brings time series to the batches that a model learns from:
//
//	Series -> Split -> Scaler -> Windows -> Batch
//
// Where the data come from:
//
//   - Open takes a name: real series that are built in (sunspots, air-passengers, co2, ...), generators (lorenz,
//     mackey-glass, narma10, sines) and tasks of whole sequences (adding, copy). List tells them all, with source and licence.
//   - ReadFile takes a CSV (plain or .gz), .npy or .npz file; ReadCSV has the options. A file may hold many series.
//   - ReadTables takes rows without time: pictures in the IDX format, tables of 0 and 1, piano rolls. Open has digits and bars.
//   - ReadSpins takes a spin-glass or max-cut instance; Open("patterns"), "letters" and "ising" give rows of spins -1 and +1.
//   - NewSeries, NewSequences and NewTable take numbers of one's own.
//
// What becomes of them:
//
//   - Series.ResolveMissing refuses missing values, holds the last value before them, interpolates them or drops their rows.
//     Interpolation uses the value after a gap, so that a window that ends inside a gap sees its future; holding does not.
//   - SplitSpec.Cut cuts each series in time, by fractions or by counts; SplitFiles takes other series for validation and testing. The
//     inputs of a window may reach back over the border of its part, its targets may not.
//   - FitScaler looks at the training part only. What it fits goes to JSON and back without losing a bit, and inverts
//     every report to the original units.
//   - NewWindows cuts windows. Its Source gives them shuffled for training or in order for evaluation and rolling
//     origins; its Stream gives long series in chunks that carry their state (truncated backpropagation through time).
//     LastWindows gives what a forecast beyond the end takes.
//   - Sequences.Source gives whole sequences of any lengths, with one label each or one a step.
//
// Every Source is one interface to a trainer. Its order is a function of the seed and the epoch; its state is the epoch and
// the position, so that a resumed run goes on with the same batches. Arrays are time-major and float64.
//
// Time stamps are points in UTC; those of a file that names no zone are taken as UTC. Reading finds their Frequency, and
// rows that are missing in between become rows of missing values, so that a row is always one step after the row before it.
package datasets
