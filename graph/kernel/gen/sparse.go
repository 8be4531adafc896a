package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// sparseRows is how many rows of a sparse matrix are summed side by side.
const sparseRows = 8

// sparseSet emits the products of sparse matrices and vectors. Gather instructions would save code and lose a third of the time: here
// loads of single elements fill vectors.
func sparseSet() {
	for _, s := range isas {
		affineSet(s)
		sparseProduct(s)
	}
}

// sparseProduct emits y = A x for groups of 8 rows.
func sparseProduct(s isa) {
	TEXT("dsparse"+s.name, NOSPLIT, "func(y, x, weights *float64, from *int32, terms *int, groups int)")
	Pragma("noescape")
	Doc(label("dsparse%s computes 8 rows of y = A x for each group: terms has the number of terms of each,", s.name),
		"weights and from the factors and the indices into x, 8 for each term. Odd and even terms have sums of their own.")
	y, x, weights, from, terms, groups, left := RDI, RSI, RDX, RCX, R8, R9, R10
	loadParams([]string{"y", "x", "weights", "from", "terms", "groups"}, []GPPhysical{y, x, weights, from, terms, groups})
	vectors := 8 * sparseRows / s.bytes
	even, odd := s.v[:vectors], s.v[vectors:2*vectors]
	term := func(sums []VecPhysical) { sparseTerm(s, x, weights, from, sums) }
	Label("group")
	MOVQ(Mem{Base: terms}, left)
	ADDQ(I32(8), terms)
	for _, r := range s.v[:2*vectors] {
		zero(r)
	}
	SUBQ(I32(2), left)
	JL(LabelRef("rest"))
	Label("pair")
	term(even)
	term(odd)
	SUBQ(I32(2), left)
	JGE(LabelRef("pair"))
	Label("rest")
	ADDQ(I32(2), left)
	JZ(LabelRef("store"))
	term(even)
	Label("store")
	for i := range vectors {
		VADDPD(odd[i], even[i], even[i])
		VMOVUPD(even[i], Mem{Base: y, Disp: s.bytes * i})
	}
	ADDQ(I32(8*sparseRows), y)
	DECQ(groups)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// sparseTerm adds a term of each of the 8 rows to their sums. Two indices are loaded at a time: loads are what there are most of.
func sparseTerm(s isa, x, weights, from GPPhysical, sums []VecPhysical) {
	lanes := []VecPhysical{X4, X5, X6, X7}
	low, high := []GPPhysical{RAX, R11}, []GPPhysical{RBX, R12}
	for i, v := range lanes {
		a, b := low[i%2], high[i%2]
		MOVQ(Mem{Base: from, Disp: 8 * i}, b)
		MOVL(b.As32(), a.As32())
		SHRQ(U8(32), b)
		VMOVSD(Mem{Base: x, Index: a, Scale: 8}, v)
		VMOVHPD(Mem{Base: x, Index: b, Scale: 8}, v, v)
	}
	VINSERTF128(U8(1), X5, Y4, Y4)
	VINSERTF128(U8(1), X7, Y6, Y6)
	whole := []VecPhysical{Y4, Y6}
	if s.bytes == 64 {
		VINSERTF64X4(U8(1), Y6, Z4, Z4)
		whole = []VecPhysical{Z4}
	}
	for i, v := range whole {
		VMULPD(Mem{Base: weights, Disp: s.bytes * i}, v, v)
		VADDPD(v, sums[i], sums[i])
	}
	ADDQ(I32(4*sparseRows), from)
	ADDQ(I32(8*sparseRows), weights)
}

// affineSet emits y += b + x W for a few x: vectors of y four at a time, then one at a time.
func affineSet(s isa) {
	TEXT("daffine"+s.name, NOSPLIT, "func(y, bias, w, x *float64, vectors, inputs, stride int)")
	Pragma("noescape")
	Doc(label("daffine%s computes y += bias + x W for vectors of %d bytes of y; rows of W are stride bytes apart.", s.name, s.bytes))
	y, bias, w, x, vectors, inputs, stride := RDI, RSI, RDX, RCX, R8, R9, R10
	loadParams([]string{"y", "bias", "w", "x", "vectors", "inputs", "stride"}, []GPPhysical{y, bias, w, x, vectors, inputs, stride})
	for _, together := range []int{4, 1} {
		begin, end := label("vectors%d", together), label("end%d", together)
		SUBQ(I32(together), vectors)
		JL(LabelRef(end))
		Label(begin)
		affineVectors(s, together, y, bias, w, x, inputs, stride)
		for _, r := range []GPPhysical{y, bias, w} {
			ADDQ(I32(together*s.bytes), r)
		}
		SUBQ(I32(together), vectors)
		JGE(LabelRef(begin))
		Label(end)
		ADDQ(I32(together), vectors)
	}
	VZEROUPPER()
	RET()
}

// affineVectors adds to vectors of y that stand side by side.
func affineVectors(s isa, together int, y, bias, w, x GPPhysical, inputs, stride GPPhysical) {
	row, at, left := R11, R12, RAX
	for i := range together {
		VMOVUPD(Mem{Base: bias, Disp: i * s.bytes}, s.v[i])
	}
	MOVQ(w, row)
	MOVQ(x, at)
	MOVQ(inputs, left)
	begin := label("inputs%d", together)
	Label(begin)
	VBROADCASTSD(Mem{Base: at}, s.v[4])
	for i := range together {
		VMULPD(Mem{Base: row, Disp: i * s.bytes}, s.v[4], s.v[5+i])
		VADDPD(s.v[5+i], s.v[i], s.v[i])
	}
	ADDQ(I32(8), at)
	ADDQ(stride, row)
	DECQ(left)
	JNZ(LabelRef(begin))
	for i := range together {
		VADDPD(Mem{Base: y, Disp: i * s.bytes}, s.v[i], s.v[i])
		VMOVUPD(s.v[i], Mem{Base: y, Disp: i * s.bytes})
	}
}
