// Package recurrent holds networks of recurrent layers: LSTM, GRU and plain RNN, as forecasters of time series and as
// labellers of steps and of whole sequences.
//
// Begin with DefaultLSTM, change what you like, and call New with the layout of the data:
//
//	c := recurrent.DefaultLSTM()
//	c.Hidden = 64
//	model, err := c.New(source.Layout(), seed)
//
// The layout decides what is built. For forecasts there are two strategies. A direct model reads the window and
// forecasts the whole horizon with one readout: no error is fed back, and it is the usual first choice. A recursive
// model forecasts one step and reads it as its next input: one set of weights for any horizon, trained with the true
// values as inputs (teacher forcing), or by truncated backpropagation through time over long series.
//
// Known columns, such as calendar features, reach a forecast step like this: the direct model joins them to the
// encoder's state in a small network of their own, shared by all steps; the recursive model reads at each step the
// values that belong to the step it is to forecast. The values of other columns are not known past the origin; there
// the recursive model holds their last value, in training too.
//
// What the heads give: point a number (intervals then come from validation errors, models.Conformal); gaussian a
// normal distribution; quantile the named quantiles.
//
// When a plain network loses to naive forecasts, its windows probably lie at another level than those it learnt from.
// Remedies: WindowNorm takes the level out of each window and puts it back (standard: its spread too; RevIN without
// learnt scales, Kim et al. 2022); Highway adds a linear autoregression beside the network (LSTNet, Lai et al. 2018,
// section 3.5); Members averages independent networks.
package recurrent
