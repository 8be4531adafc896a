package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// sparseRows is how many rows of a sparse matrix are summed side by side.
const sparseRows = 8

// sparseSet emits the product of a sparse matrix and a vector. Gather instructions would save code and lose a third of the time: here
// loads of single elements fill vectors.
func sparseSet() {
	for _, s := range isas {
		affineSet(s)
	}
	TEXT("dsparseAVX2", NOSPLIT, "func(y, x, weights *float64, from *int32, terms *int, groups int)")
	Pragma("noescape")
	Doc("dsparseAVX2 computes 8 rows of y = A x for each group: terms has the number of terms of each,",
		"weights and from the factors and the indices into x, 8 for each term. Odd and even terms have sums of their own.")
	y, x, weights, from, terms, groups, left := RDI, RSI, RDX, RCX, R8, R9, R10
	loadParams([]string{"y", "x", "weights", "from", "terms", "groups"}, []GPPhysical{y, x, weights, from, terms, groups})
	even, odd := []VecPhysical{Y0, Y1}, []VecPhysical{Y2, Y3}
	term := func(sums []VecPhysical) { sparseTerm(x, weights, from, sums) }
	Label("group")
	MOVQ(Mem{Base: terms}, left)
	ADDQ(I32(8), terms)
	for _, r := range append(even[:2:2], odd...) {
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
	for half := range 2 {
		VADDPD(odd[half], even[half], even[half])
		VMOVUPD(even[half], Mem{Base: y, Disp: 32 * half})
	}
	ADDQ(I32(8*sparseRows), y)
	DECQ(groups)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// sparseTerm adds a term of each of the 8 rows to their sums.
func sparseTerm(x, weights, from GPPhysical, sums []VecPhysical) {
	at := []GPPhysical{RAX, RBX, R11, R12}
	halves := []VecPhysical{X4, X5, X6, X7, X8, X9, X10, X11}
	for half := range 2 {
		for i, r := range at {
			MOVLQSX(Mem{Base: from, Disp: 16*half + 4*i}, r)
		}
		for i, r := range at {
			v := halves[4*half+i/2]
			if i%2 == 0 {
				VMOVSD(Mem{Base: x, Index: r, Scale: 8}, v)
			} else {
				VMOVHPD(Mem{Base: x, Index: r, Scale: 8}, v, v)
			}
		}
		whole := halves[4*half].AsY()
		VINSERTF128(U8(1), halves[4*half+1], whole, whole)
		VMULPD(Mem{Base: weights, Disp: 32 * half}, whole, whole)
		VADDPD(whole, sums[half], sums[half])
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
