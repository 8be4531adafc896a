// Package train holds the one trainer of the library, its learners and its observers, checkpoints, and the measures of a
// forecast.
//
// # Which learner
//
// A model says what it can do, a learner drives it, and Fit loops without asking which kind it has:
//
//	Gradient(model, optimizer)   the model gives gradients of a loss: RNN, LSTM, GRU. Many epochs.
//	ClosedForm(model)            the weights solve an equation: ridge autoregression. One pass.
//	Stages(stage, stage, ...)    one learner after another, each with its epochs and its view of the data: deep belief networks.
//	Sampling(model, n, steps)    the model sweeps, and needs no data: Ising models, spin glasses.
//
// A learner of your own needs Learn, EndEpoch and Close; with Evaluate it can be validated, with State and Restore saved.
// Package traintest checks that it comes back to the bit.
//
// # Which observers
//
//	NewProgress(os.Stderr)            a bar on a terminal, a line an epoch elsewhere
//	NewMetricsLog("metrics.csv")      every metric of every step and epoch; ReadMetrics reads it
//	NewEarlyStopping(10)              ends the run when validation has not improved for ten epochs
//	NewBestWeights(model.Params())    the weights of the best epoch, for Apply at the end
//	NewCheckpoints("checkpoints")     last: it keeps what all the others know
//	Every(10, EpochEnd, observer)     thins out
//
// # Stopping and going on
//
// Fit's result says how the run ended and why: completed, stopped, interrupted, diverged or failed. Cancel the context to
// interrupt it after the step. Latest reads the newest sound checkpoint; given to Resume, with learner, data and observers
// built as before, the run goes on to the same bits as one that was never stopped. Lock keeps two runs out of one folder.
//
// # Measuring forecasts
//
// Scorer measures predictions in the units of the data, Backtest compares models over rolling origins.
package train
