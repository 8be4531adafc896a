package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Add returns x + y, elementwise; the shapes are equal, or one is a scalar.
func (b *Builder) Add(x, y *Node) *Node { return b.binary("Add", gorgonia.Add, x, y) }

// Sub returns x - y, elementwise.
func (b *Builder) Sub(x, y *Node) *Node { return b.binary("Sub", gorgonia.Sub, x, y) }

// Mul returns the elementwise (Hadamard) product.
func (b *Builder) Mul(x, y *Node) *Node { return b.binary("Mul", gorgonia.HadamardProd, x, y) }

// Div returns x / y, elementwise.
func (b *Builder) Div(x, y *Node) *Node { return b.binary("Div", gorgonia.HadamardDiv, x, y) }

// MatMul returns the matrix product of x [M, K] and y [K, N].
func (b *Builder) MatMul(x, y *Node) *Node { return b.binary("MatMul", gorgonia.Mul, x, y) }

// Sigmoid returns 1/(1+exp(-x)).
func (b *Builder) Sigmoid(x *Node) *Node { return b.unary("Sigmoid", gorgonia.Sigmoid, x) }

// Tanh returns tanh(x).
func (b *Builder) Tanh(x *Node) *Node { return b.unary("Tanh", gorgonia.Tanh, x) }

// Relu returns max(x, 0).
func (b *Builder) Relu(x *Node) *Node { return b.unary("Relu", gorgonia.Rectify, x) }

// Exp returns e^x.
func (b *Builder) Exp(x *Node) *Node { return b.unary("Exp", gorgonia.Exp, x) }

// Softplus returns log(1 + e^x).
func (b *Builder) Softplus(x *Node) *Node { return b.unary("Softplus", gorgonia.Softplus, x) }

// Square returns x^2.
func (b *Builder) Square(x *Node) *Node { return b.unary("Square", gorgonia.Square, x) }

// Abs returns |x|.
func (b *Builder) Abs(x *Node) *Node { return b.unary("Abs", gorgonia.Abs, x) }

// Neg returns -x.
func (b *Builder) Neg(x *Node) *Node { return b.unary("Neg", gorgonia.Neg, x) }

// OneMinus returns 1 - x.
func (b *Builder) OneMinus(x *Node) *Node { return b.Affine(x, -1, 1) }

// Sum returns the sum of all elements, a scalar.
func (b *Builder) Sum(x *Node) *Node {
	return b.unary("Sum", func(n *Node) (*Node, error) { return gorgonia.Sum(n) }, x)
}

// Mean returns the mean of all elements, a scalar.
func (b *Builder) Mean(x *Node) *Node {
	return b.unary("Mean", func(n *Node) (*Node, error) { return gorgonia.Mean(n) }, x)
}

func (b *Builder) unary(name string, f func(*Node) (*Node, error), x *Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	n, err := f(x)
	if err != nil {
		return b.Fail(fmt.Errorf("graph: %s of %v: %w", name, x.Shape(), err))
	}
	return n
}

func (b *Builder) binary(name string, f func(x, y *Node) (*Node, error), x, y *Node) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	n, err := f(x, y)
	if err != nil {
		return b.Fail(fmt.Errorf("graph: %s of %v and %v: %w", name, x.Shape(), y.Shape(), err))
	}
	if !b.hasChildren(n, x, y) {
		return b.Fail(fmt.Errorf("graph: gorgonia merged %s of %v and %v with another node of the same hash; change the order of the graph", name, x, y))
	}
	return n
}

// hasChildren says whether n is computed from just these nodes. Gorgonia tells nodes apart by a hash of 32 bits, and
// hands out the older of two that agree.
func (b *Builder) hasChildren(n *Node, want ...*Node) bool {
	i := 0
	for it := b.g.From(n.ID()); it.Next(); i++ {
		if i >= len(want) || it.Node().ID() != want[i].ID() {
			return false
		}
	}
	return i == len(want)
}
