// Package diagnose measures recurrent systems, trained or not: whether they forget where they began (EchoState), how far back and in which
// products they remember what they were given (Memory), how gradients fade or grow through time (GradientNorms), and how fast neighbouring
// states part or meet (Exponents).
//
// All it asks of a model is a state that can be stepped: System. Reservoirs have that, and the RNN, LSTM and GRU forecasters give it (their
// Stepper). A model that knows its Jacobian says so (Jacobian); others are differentiated by differences.
package diagnose
