package graph

import (
	"fmt"
	"math"
	"slices"

	"lenz/graph/kernel"
)

// AttentionOptions say how Attention compares and what it may look at.
type AttentionOptions struct {
	Heads int // at least 1
	// Scale multiplies the products: the inverse temperature beta of a Hopfield network. 0 means 1/sqrt(d).
	Scale float64
	// Beta, [Heads], is learnt in place of Scale; nil for none.
	Beta *Node
	// Causal lets step i of the queries see keys up to step i + Tk - Tq only.
	Causal bool
	// Lengths, [B], lets sequence b see its first Lengths[b] keys only; nil for all.
	Lengths *Node
	// Mask, [Tk, B], leaves out keys where it is 0; nil for none.
	Mask *Node
}

// Attention returns softmax attention of several heads, as one op with its derivative (Vaswani et al. 2017, eq. 1; the update of a
// modern Hopfield network, Ramsauer et al. 2021, eq. 10). For queries q [Tq, B, h*d], keys k [Tk, B, h*d] and values v [Tk, B, h*e],
// head by head,
//
//	out_i = sum_j softmax_j(beta q_i.k_j) v_j    [Tq, B, h*e]
//
// The exponent's largest value is taken out first, so that no beta overflows. A query that may see nothing gets zeros. The batch size
// of queries may be 1 for queries that all sequences share.
func (b *Builder) Attention(q, k, v *Node, o AttentionOptions) *Node {
	if b.err != nil {
		return b.Fail(nil)
	}
	qs, ks, vs := q.Shape(), k.Shape(), v.Shape()
	if len(qs) != 3 || len(ks) != 3 || len(vs) != 3 {
		return b.Fail(fmt.Errorf("graph: attention of queries %v, keys %v and values %v: want [T, B, features] each", qs, ks, vs))
	}
	h := o.Heads
	switch {
	case h < 1 || qs[2]%h != 0 || vs[2]%h != 0:
		return b.Fail(fmt.Errorf("graph: attention of %d heads over %d query and %d value features: want at least 1, dividing both", h, qs[2], vs[2]))
	case qs[2] != ks[2] || ks[0] != vs[0] || ks[1] != vs[1] || qs[1] != ks[1] && qs[1] != 1:
		return b.Fail(fmt.Errorf("graph: attention: queries %v, keys %v and values %v do not fit: want [Tq, B or 1, F], [Tk, B, F], [Tk, B, E]", qs, ks, vs))
	case !(o.Scale >= 0) || math.IsInf(o.Scale, 0):
		return b.Fail(fmt.Errorf("graph: attention: scale %v; want a positive number, or 0 for 1/sqrt(%d)", o.Scale, qs[2]/h))
	case o.Beta != nil && o.Beta.Shape().TotalSize() != h:
		return b.Fail(fmt.Errorf("graph: attention: beta is %v, want [%d], one a head", o.Beta.Shape(), h))
	case o.Lengths != nil && o.Lengths.Shape().TotalSize() != ks[1]:
		return b.Fail(fmt.Errorf("graph: attention: lengths are %v, want [%d]", o.Lengths.Shape(), ks[1]))
	case o.Mask != nil && o.Mask.Shape().TotalSize() != ks[0]*ks[1]:
		return b.Fail(fmt.Errorf("graph: attention: the mask is %v, want %v", o.Mask.Shape(), []int{ks[0], ks[1]}))
	}
	if b.params.dtype == Float32 {
		return attention[float32](b, q, k, v, o)
	}
	return attention[float64](b, q, k, v, o)
}

// attending is the op's sizes and memory.
type attending[T kernel.Float] struct {
	tq, tk, batch, heads, d, e int
	shared                     bool // one query for all sequences
	scale                      T
	causal                     bool
	beta, lengths, mask        int // which inputs they are, -1 for none
	p                          []T // softmax, [B, heads, Tq, Tk]
	g                          []T // room of p's shape, from the first Backward on
	dbeta                      []T // [B, heads]
}

func attention[T kernel.Float](b *Builder, q, k, v *Node, o AttentionOptions) *Node {
	qs, ks, vs := q.Shape(), k.Shape(), v.Shape()
	a := &attending[T]{
		tq: qs[0], tk: ks[0], batch: ks[1], heads: o.Heads, d: qs[2] / o.Heads, e: vs[2] / o.Heads, shared: qs[1] != ks[1],
		scale: T(o.Scale), causal: o.Causal, beta: -1, lengths: -1, mask: -1,
	}
	if o.Scale == 0 {
		a.scale = T(1 / math.Sqrt(float64(a.d)))
	}
	a.p = make([]T, a.batch*a.heads*a.tq*a.tk)
	in, diff := []*Node{q, k, v}, []bool{true, true, true}
	more := func(n *Node, at *int, learns bool) {
		if n != nil {
			*at = len(in)
			in, diff = append(in, n), append(diff, learns)
		}
	}
	more(o.Beta, &a.beta, true)
	more(o.Lengths, &a.lengths, false)
	more(o.Mask, &a.mask, false)
	return Apply(b, Custom[T]{
		Name: "attention", Attrs: fmt.Sprint(a.heads, a.scale, a.causal, a.beta, a.lengths, a.mask),
		Shape: []int{a.tq, a.batch, vs[2]}, Diff: diff, Forward: a.forward, Backward: a.backward,
	}, in...)
}

// each runs f for all sequences and heads, on all processors. Where sequences share a query, those of a head run in order on one of
// them, since their derivatives add up.
func (a *attending[T]) each(f func(b, h int)) {
	if a.shared {
		kernel.Parallel(a.heads, 1, func(h, _, _ int) {
			for b := range a.batch {
				f(b, h)
			}
		})
		return
	}
	kernel.Parallel(a.batch*a.heads, 1, func(i, _, _ int) { f(i/a.heads, i%a.heads) })
}

// strided is a head of one sequence in an array [T, B, heads*d]: its rows are stride apart.
type strided[T kernel.Float] struct {
	data   []T
	stride int
}

func (a *attending[T]) head(x []T, b, h, d int, shared bool) strided[T] {
	if x == nil {
		return strided[T]{}
	}
	batch := a.batch
	if shared {
		batch, b = 1, 0
	}
	return strided[T]{x[(b*a.heads+h)*d:], batch * a.heads * d}
}

func (a *attending[T]) softmax(of []T, b, h int) []T {
	n := a.tq * a.tk
	at := (b*a.heads + h) * n
	return of[at : at+n : at+n]
}

func (a *attending[T]) betaOf(in [][]T, h int) T {
	if a.beta >= 0 {
		return in[a.beta][h]
	}
	return a.scale
}

func (a *attending[T]) forward(out []T, in [][]T) error {
	a.each(func(b, h int) {
		q, k, v := a.head(in[0], b, h, a.d, a.shared), a.head(in[1], b, h, a.d, false), a.head(in[2], b, h, a.e, false)
		p := a.softmax(a.p, b, h)
		kernel.Gemm(false, true, a.tq, a.tk, a.d, a.betaOf(in, h), q.data, q.stride, k.data, k.stride, 0, p, a.tk)
		seen := a.tk
		if a.lengths >= 0 {
			seen = min(max(int(in[a.lengths][b]), 0), a.tk)
		}
		for i := range a.tq {
			row, n := p[i*a.tk:(i+1)*a.tk], seen
			if a.causal {
				n = min(n, max(i+a.tk-a.tq+1, 0))
			}
			clear(row[n:])
			if a.mask >= 0 {
				softmaxMasked(row[:n], in[a.mask], a.batch, b)
			} else {
				softmaxRow(row[:n], row[:n])
			}
		}
		o := a.head(out, b, h, a.e, false)
		kernel.Gemm(false, false, a.tq, a.e, a.tk, 1, p, a.tk, v.data, v.stride, 0, o.data, o.stride)
	})
	return nil
}

// softmaxRow sets p to e^x / sum e^x, and returns what log sum e^x is made of: the greatest x, which is taken out of the exponents first,
// and the sum of the e^(x - most). p and x may be the same slice.
func softmaxRow[T kernel.Float](p, x []T) (most, sum T) {
	if len(x) == 0 {
		return 0, 0
	}
	most = slices.Max(x)
	for i, v := range x {
		p[i] = v - most
	}
	kernel.Exp(p, p)
	for _, v := range p {
		sum += v
	}
	for i := range p {
		p[i] /= sum
	}
	return most, sum
}

// softmaxMasked is softmaxRow over the keys that the mask [Tk, B] leaves in; the others get 0.
func softmaxMasked[T kernel.Float](x, mask []T, batch, b int) {
	some := false
	for i := range x {
		if mask[i*batch+b] != 0 {
			some = true
		} else {
			x[i] = T(math.Inf(-1))
		}
	}
	if !some {
		clear(x)
		return
	}
	softmaxRow(x, x)
}

// backward, with P the softmax and s = beta q k^T:
//
//	dv = P^T do,  dP = do v^T,  ds = P*(dP - sum_j P*dP),  dq = beta ds k,  dk = beta ds^T q,  dbeta = sum q.(ds k)
func (a *attending[T]) backward(din [][]T, in [][]T, _, dout []T) error {
	if a.g == nil {
		a.g, a.dbeta = make([]T, len(a.p)), make([]T, a.batch*a.heads)
	}
	for _, d := range din[:3] {
		clear(d)
	}
	a.each(func(b, h int) { a.backwardHead(din, in, dout, b, h) })
	if a.beta >= 0 && din[a.beta] != nil {
		clear(din[a.beta])
		for i, g := range a.dbeta {
			din[a.beta][i%a.heads] += g
		}
	}
	return nil
}

func (a *attending[T]) backwardHead(din, in [][]T, dout []T, b, h int) {
	q, k, v := a.head(in[0], b, h, a.d, a.shared), a.head(in[1], b, h, a.d, false), a.head(in[2], b, h, a.e, false)
	o := a.head(dout, b, h, a.e, false)
	p, ds := a.softmax(a.p, b, h), a.softmax(a.g, b, h)
	beta := a.betaOf(in, h)
	if dv := a.head(din[2], b, h, a.e, false); dv.data != nil {
		kernel.Gemm(true, false, a.tk, a.e, a.tq, 1, p, a.tk, o.data, o.stride, 0, dv.data, dv.stride)
	}
	kernel.Gemm(false, true, a.tq, a.tk, a.e, 1, o.data, o.stride, v.data, v.stride, 0, ds, a.tk)
	for i := range a.tq {
		row, g := p[i*a.tk:(i+1)*a.tk], ds[i*a.tk:(i+1)*a.tk]
		var sum T
		for j, x := range row {
			sum += x * g[j]
		}
		for j, x := range row {
			g[j] = x * (g[j] - sum)
		}
	}
	if dk := a.head(din[1], b, h, a.d, false); dk.data != nil {
		kernel.Gemm(true, false, a.tk, a.d, a.tq, beta, ds, a.tk, q.data, q.stride, 0, dk.data, dk.stride)
	}
	dq := a.head(din[0], b, h, a.d, a.shared)
	if dq.data == nil && a.beta < 0 {
		return
	}
	side := make([]T, a.tq*a.d) // ds k
	kernel.Gemm(false, false, a.tq, a.d, a.tk, 1, ds, a.tk, k.data, k.stride, 0, side, a.d)
	var sum T
	for i := range a.tq {
		for j, g := range side[i*a.d : (i+1)*a.d] {
			sum += g * q.data[i*q.stride+j]
			if dq.data != nil {
				dq.data[i*dq.stride+j] += beta * g
			}
		}
	}
	a.dbeta[b*a.heads+h] = sum
}
