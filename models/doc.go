// Package models is what all families of models share: the interfaces that trainers and programs meet, saved models,
// weights from PyTorch, intervals for point forecasts, and the energy of models that have one.
//
// Which family?
//
//   - models/recurrent: LSTM, GRU and plain RNN networks. For forecasts of one or many series with many columns, and for labels of steps
//     or whole sequences. They need some hundreds of windows and a trainer.
//   - models/baseline: naive, seasonal naive and ridge autoregression. Always measure these first: a network that does not beat them is not
//     worth its training.
//   - models/attention: modern Hopfield networks: an associative memory, and a forecaster whose layers are such memories.
//   - models/boltzmann: Boltzmann machines, restricted ones, deep belief networks. They learn the distribution of rows, such as pictures,
//     and draw from it; a conditional one forecasts.
//   - models/reservoir: echo state networks and their kin, whose recurrence is not trained: a second of learning, and forecasts of chaos. Their
//     readout is models/ridge.
//   - models/spin: Ising models, spin glasses and classical Hopfield networks. They are sampled, without data.
//   - models/catalog: all of them by name, with settings as text. For commands and configuration files; it also loads saved models.
//
// A trained model is used through a Pipeline: catalog.Load(path) reads one, and its Forecast takes series in original
// units and gives forecasts in original units with their times. Save writes the weights and a Spec, all that is needed
// to use them, to one safetensors file, which PyTorch and others read too. LoadWeights goes the other way.
package models
