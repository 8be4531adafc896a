package models

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lenz/datasets"
	"lenz/graph"
)

// Inputs are the nodes of a batch in a Prototype's graph, with the shapes of the batch's arrays. Future, Mask and Lengths are nil
// where the batch has none; Y and Mask are nil in a program that predicts.
type Inputs struct {
	X, Future, Y, Mask *graph.Node
	Lengths            *graph.Node // [B]
}

// Prototype is a model made from one function: the way to try a new cell, layer or loss with the common trainer, checkpoints
// and metrics. Compile a shape once, run it many times: the function is called once for each shape of batch.
type Prototype struct {
	params   *graph.Params
	build    Build
	programs []prototypeProgram // the most recently used last
}

// Build makes the graph of a batch and returns the prediction, shaped as Y, and the loss, a scalar. Parameters come
// from b.Param. In a program that predicts in.Y is nil, and the loss is not asked for: return nil.
type Build func(b *graph.Builder, in Inputs) (pred, loss *graph.Node)

type prototypeProgram struct {
	key string
	*graph.Program
}

var _ GradientModel = (*Prototype)(nil)

// NewPrototype returns the model of the parameters and the function.
func NewPrototype(params *graph.Params, build Build) *Prototype {
	return &Prototype{params: params, build: build}
}

// Params returns the parameters.
func (p *Prototype) Params() *graph.Params { return p.params }

// Repeatable is true: the same batch, step and parameters give the same gradient to the bit.
func (p *Prototype) Repeatable() bool { return true }

// Gradient fills the gradients of all parameters, in training mode, and returns the loss.
func (p *Prototype) Gradient(_ context.Context, b datasets.Batch, step uint64) (float64, error) {
	program, err := p.run("train", b, step)
	if err != nil {
		return 0, err
	}
	return program.Loss(), nil
}

// Loss returns the loss in evaluation mode, and the weight of the batch.
func (p *Prototype) Loss(_ context.Context, b datasets.Batch) (loss, weight float64, err error) {
	program, err := p.run("evaluate", b, 0)
	if err != nil {
		return 0, 0, err
	}
	out, _, err := program.Output("loss")
	if err != nil {
		return 0, 0, err
	}
	return out[0], b.Weight(), nil
}

// Predict returns the prediction of the batch as its mean; Y is not looked at.
func (p *Prototype) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	b.Y, b.Mask = datasets.Array{}, datasets.Array{}
	program, err := p.run("predict", b, 0)
	if err != nil {
		return datasets.Prediction{}, err
	}
	data, shape, err := program.Output("prediction")
	return datasets.Prediction{Mean: datasets.Array{Shape: shape, Data: data}}, err
}

// Close releases the programs. The model compiles new ones if it is used again.
func (p *Prototype) Close() error {
	var all []error
	for _, q := range p.programs {
		all = append(all, q.Close())
	}
	p.programs = nil
	return errors.Join(all...)
}

// run feeds a batch to the program of its shape.
func (p *Prototype) run(use string, b datasets.Batch, step uint64) (*graph.Program, error) {
	program, err := p.program(use, b)
	if err != nil {
		return nil, err
	}
	arrays := []struct {
		name string
		a    datasets.Array
	}{{"x", b.X}, {"future", b.Future}, {"y", b.Y}, {"mask", b.Mask}, {"lengths", lengthsArray(b)}}
	for _, in := range arrays {
		if !in.a.IsZero() {
			if err := program.Set(in.name, in.a.Data); err != nil {
				return nil, err
			}
		}
	}
	program.SetStep(step)
	return program, program.Run()
}

// mostPrograms bounds the programs that are kept: full and last batch, of training, validation and prediction.
const mostPrograms = 8

func (p *Prototype) program(use string, b datasets.Batch) (*graph.Program, error) {
	key := fmt.Sprint(use, b.X.Shape, b.Future.Shape, b.Y.Shape, b.Mask.Shape, b.Lengths != nil)
	if i := slices.IndexFunc(p.programs, func(q prototypeProgram) bool { return q.key == key }); i >= 0 {
		q := p.programs[i]
		p.programs = append(slices.Delete(p.programs, i, i+1), q)
		return q.Program, nil
	}
	program, err := p.compile(use, b)
	if err != nil {
		return nil, err
	}
	p.programs = append(p.programs, prototypeProgram{key, program})
	if len(p.programs) > mostPrograms {
		oldest := p.programs[0]
		p.programs = slices.Delete(p.programs, 0, 1)
		return program, oldest.Close()
	}
	return program, nil
}

func (p *Prototype) compile(use string, batch datasets.Batch) (*graph.Program, error) {
	var options []graph.Option
	if use == "train" {
		options = append(options, graph.Training())
	}
	b := graph.NewBuilder(p.params, options...)
	input := func(name string, a datasets.Array) *graph.Node {
		if a.IsZero() {
			return nil
		}
		return b.Input(name, a.Shape...)
	}
	pred, loss := p.build(b, Inputs{
		X: input("x", batch.X), Future: input("future", batch.Future), Y: input("y", batch.Y), Mask: input("mask", batch.Mask),
		Lengths: input("lengths", lengthsArray(batch)),
	})
	switch use {
	case "train":
		return b.Compile(loss)
	case "evaluate":
		return b.Compile(nil, graph.Output{Name: "loss", Node: loss})
	}
	return b.Compile(nil, graph.Output{Name: "prediction", Node: pred})
}

// lengthsArray holds the lengths as numbers, absent without them.
func lengthsArray(b datasets.Batch) datasets.Array {
	if b.Lengths == nil {
		return datasets.Array{}
	}
	a := datasets.NewArray(len(b.Lengths))
	for i, l := range b.Lengths {
		a.Data[i] = float64(l)
	}
	return a
}
