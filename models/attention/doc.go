// Package attention holds modern Hopfield networks: an associative memory, and a forecaster of time series whose layers are
// such memories.
//
//   - Memory stores patterns and retrieves the one nearest to a damaged or partial state. It holds exponentially many of them in its
//     dimension, where a classical network (models/spin) holds 0.14 a unit. Nothing is learnt. One update of its state is softmax
//     attention, with the patterns as keys and values.
//   - Hopfield builds a forecaster: each time step of a window looks up the others (association), learnt states look up the window
//     (pooling), and their result may look up learnt patterns (lookup). Begin with DefaultHopfield.
//
// The layers themselves are layers.NewHopfield, NewHopfieldPooling and NewHopfieldLookup; the op is graph's Attention.
package attention
