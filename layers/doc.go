// Package layers holds the building blocks of models: weights with PyTorch's names, shapes and initial values, over the
// ops of package graph.
//
// A layer is declared on a graph.Params under a name and then applied in as many programs as wanted:
//
//	p := graph.NewParams(graph.Float32, seed)
//	rnn, err := layers.NewLSTM(p, "rnn", layers.DefaultConfig(inputs, hidden))
//	head, err := layers.NewLinear(p, "head", hidden, outputs, true, layers.Torch)
//	b := graph.NewBuilder(p)
//	hs, final := rnn.Apply(b, x, nil, nil) // [T, B, hidden]
//	y := head.Apply(b, hs)                 // [T, B, outputs]
//
// Which recurrent layer? The LSTM remembers longest and is the usual first choice; the GRU has three quarters of its
// weights and often learns as well; the plain RNN forgets within tens of steps and serves as the reference. All three
// run a whole sequence as one op of the graph; Unrolled builds the same layer from single steps instead, slower by far,
// as the reference and as the place to begin with a new cell.
//
// Values that come one by one go through a Stream of a trained layer: a time step at a time, without allocating.
//
// Patterns that look each other up are modern Hopfield layers: NewHopfield associates two sequences (attention), NewHopfieldPooling
// pools a sequence of any length, NewHopfieldLookup compares with learnt patterns.
//
// Weights exchange with PyTorch: LSTM gates are stacked in the order i f g o, GRU gates r z n, both biases are
// there, further layers end in _l1, _l2, ..., and the backward direction in _reverse. The parameters of a layer named
// rnn, their prefix "rnn." cut off, load strictly into torch.nn.LSTM, GRU or RNN.
package layers
