// Package graphtest checks ops and graphs: CheckGrad compares derivatives with central differences, CheckFused compares
// a fused graph with its twin of primitive ops, CheckMachine compares a program with the same graph on Gorgonia's tape machine,
// CheckHash makes sure that different nodes stay different. Use them on every op that you write.
package graphtest
