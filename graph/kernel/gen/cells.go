package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The fields of kernel.cellArgs after its pointers, by their offsets.
const (
	cellRows, cellN = 80, 88
)

// A cell kernel runs over rows of float32; its arguments are pointers that advance by a multiple of n values a row.
// A body names pointer p at gate q: element j of p + q n.
type cell struct {
	isa
	masked bool
}

// The registers of pointers, and of the place within a row for gates 0 to 3.
var (
	cellPointers = []GPPhysical{RSI, RDX, RBX, R8, R9, R10, R11}
	cellPlaces   = []GPPhysical{RAX, RCX, R12, R13}
)

func (c cell) at(p, gate int) Mem {
	return Mem{Base: cellPointers[p], Index: cellPlaces[gate], Scale: 1}
}

func (c cell) get(p, gate int, dst VecPhysical) { c.load(c.at(p, gate), dst, c.masked) }

func (c cell) put(src VecPhysical, p, gate int) { c.store(src, c.at(p, gate), c.masked) }

// emitCell emits a kernel over pointers with the given numbers of gates.
func (s isa) emitCell(name, doc string, widths []int, prepare func(), body func(cell)) {
	name += s.name
	TEXT(name, NOSPLIT, "func(args *uint64)")
	Pragma("noescape")
	Doc(name + " " + doc + " args is a *cellArgs.")
	args := RDI
	Load(Param("args"), args)
	restore := flushDenormals()
	prepare()
	rows := AllocLocal(8)
	MOVQ(Mem{Base: args, Disp: cellRows}, R15)
	MOVQ(R15, rows)
	MOVQ(Mem{Base: args, Disp: cellN}, R13)
	ANDQ(I32(int32(s.lanes()-1)), R13)
	s.prepareMask(R13)
	for i := range widths {
		MOVQ(Mem{Base: args, Disp: 8 * i}, cellPointers[i])
	}
	Label("row")
	MOVQ(Mem{Base: args, Disp: cellN}, R15)
	XORQ(cellPlaces[0], cellPlaces[0])
	for i := 1; i < len(cellPlaces); i++ {
		LEAQ(Mem{Base: cellPlaces[i-1], Index: R15, Scale: 4}, cellPlaces[i])
	}
	SHRQ(U8(map[int]uint8{8: 3, 16: 4}[s.lanes()]), R15)
	JZ(LabelRef("rest"))
	Label("vectors")
	body(cell{s, false})
	for _, p := range cellPlaces {
		ADDQ(I32(int32(s.bytes)), p)
	}
	DECQ(R15)
	JNZ(LabelRef("vectors"))
	Label("rest")
	MOVQ(Mem{Base: args, Disp: cellN}, R15)
	TESTQ(I32(int32(s.lanes()-1)), R15)
	JZ(LabelRef("next"))
	body(cell{s, true})
	Label("next")
	for i, w := range widths {
		for range w {
			LEAQ(Mem{Base: cellPointers[i], Index: R15, Scale: 4}, cellPointers[i])
		}
	}
	DECQ(rows)
	JNZ(LabelRef("row"))
	restore()
	VZEROUPPER()
	RET()
}

func cellSet() {
	for _, s := range isas {
		both := func() { s.sigmoidConstants(); s.tanhConstants() }
		one := func() { VMOVUPS(consts.f32("one", 1), s.one()) }
		s.emitCell("lstmForward", "applies the gates: gates, cPrev, c, tc, h.", []int{4, 1, 1, 1, 1}, both, lstmForward)
		s.emitCell("lstmBackward", "goes back through the gates: gates, dgates, cPrev, tc, dhs, dh, dc.", []int{4, 4, 1, 1, 1, 1, 1}, one, lstmBackward)
		s.emitCell("gruForward", "applies the gates: gates, hgates, prev, kept, next.", []int{3, 3, 1, 1, 1}, both, gruForward)
		s.emitCell("gruBackward", "goes back through the gates: gates, dgates, dhgates, prev, kept, dhs, dh.", []int{3, 3, 3, 1, 1, 1, 1}, one, gruBackward)
		s.emitCell("rnnBackward", "goes back through tanh: h, dg, dhs, dh.", []int{1, 1, 1, 1}, one, rnnBackward)
	}
}

// gate loads a gate, applies f in place and leaves the result in dst.
func (c cell) gate(gate int, dst VecPhysical, f func(VecPhysical)) {
	c.get(0, gate, dst)
	f(dst)
	c.put(dst, 0, gate)
}

func lstmForward(c cell) {
	const cPrev, cNext, tc, h = 1, 2, 3, 4
	i, f, g, o, prev := c.val(0), c.val(1), c.val(2), c.val(3), c.val(4)
	c.gate(2, g, c.tanh)
	c.gate(0, i, c.sigmoid)
	VMULPS(i, g, g)
	c.gate(1, f, c.sigmoid)
	c.get(cPrev, 0, prev)
	VFMADD231PS(f, prev, g) // c' = f c + i g
	c.put(g, cNext, 0)
	c.tanh(g)
	c.put(g, tc, 0)
	c.gate(3, o, c.sigmoid)
	VMULPS(o, g, g) // h' = o tanh(c')
	c.put(g, h, 0)
}

// sigmoidGrad computes d *= s (1 - s); it needs a register.
func (c cell) sigmoidGrad(s, d, t VecPhysical) {
	VMULPS(s, d, d)
	VSUBPS(s, c.one(), t)
	VMULPS(t, d, d)
}

// tanhGrad computes d *= 1 - v²; it needs a register.
func (c cell) tanhGrad(v, d, t VecPhysical) {
	VMOVAPS(c.one(), t)
	VFNMADD231PS(v, v, t)
	VMULPS(t, d, d)
}

func lstmBackward(c cell) {
	const gates, dgates, cPrev, tc, dhs, dh, dc = 0, 1, 2, 3, 4, 5, 6
	d, dcv, x, y, t, g := c.val(0), c.val(1), c.val(2), c.val(3), c.val(4), c.val(5)
	c.get(dh, 0, d)
	c.get(dhs, 0, t)
	VADDPS(t, d, d)
	c.get(tc, 0, x)
	c.get(gates, 3, y)
	VMULPS(y, d, dcv) // dc' += dh' o tanh'(c')
	c.tanhGrad(x, dcv, t)
	c.get(dc, 0, t)
	VADDPS(t, dcv, dcv)
	VMULPS(x, d, d) // do
	c.sigmoidGrad(y, d, t)
	c.put(d, dgates, 3)
	c.get(gates, 0, x)
	c.get(gates, 2, g)
	VMULPS(g, dcv, y) // di
	c.sigmoidGrad(x, y, t)
	c.put(y, dgates, 0)
	VMULPS(x, dcv, y) // dg
	c.tanhGrad(g, y, t)
	c.put(y, dgates, 2)
	c.get(gates, 1, x)
	c.get(cPrev, 0, y)
	VMULPS(dcv, y, y) // df
	c.sigmoidGrad(x, y, t)
	c.put(y, dgates, 1)
	VMULPS(x, dcv, dcv)
	c.put(dcv, dc, 0)
	zeroAny(t)
	c.put(t, dh, 0)
}

func gruForward(c cell) {
	const gates, hgates, prev, kept, next = 0, 1, 2, 3, 4
	r, z, n, h := c.val(0), c.val(1), c.val(2), c.val(3)
	for gate, v := range []VecPhysical{r, z} {
		c.get(gates, gate, v)
		c.get(hgates, gate, h)
		VADDPS(h, v, v)
		c.sigmoid(v)
		c.put(v, gates, gate)
	}
	c.get(hgates, 2, h)
	c.put(h, kept, 0)
	c.get(gates, 2, n)
	VFMADD231PS(r, h, n)
	c.tanh(n)
	c.put(n, gates, 2)
	c.get(prev, 0, h)
	VSUBPS(n, h, h)
	VFMADD231PS(h, z, n) // h' = n + z (h - n)
	c.put(n, next, 0)
}

func gruBackward(c cell) {
	const gates, dgates, dhgates, prev, kept, dhs, dh = 0, 1, 2, 3, 4, 5, 6
	d, z, n, x, t, r := c.val(0), c.val(1), c.val(2), c.val(3), c.val(4), c.val(5)
	c.get(dh, 0, d)
	c.get(dhs, 0, t)
	VADDPS(t, d, d)
	c.get(gates, 1, z)
	c.get(gates, 2, n)
	c.get(prev, 0, x)
	VSUBPS(n, x, x)
	VMULPS(d, x, x)
	c.sigmoidGrad(z, x, t) // dz
	c.put(x, dgates, 1)
	c.put(x, dhgates, 1)
	VMULPS(d, z, x)
	c.put(x, dh, 0)
	VSUBPS(z, c.one(), t)
	VMULPS(t, d, d)
	c.tanhGrad(n, d, t) // dn
	c.put(d, dgates, 2)
	c.get(gates, 0, r)
	VMULPS(r, d, x)
	c.put(x, dhgates, 2)
	c.get(kept, 0, x)
	VMULPS(x, d, d)
	c.sigmoidGrad(r, d, t) // dr
	c.put(d, dgates, 0)
	c.put(d, dhgates, 0)
}

func rnnBackward(c cell) {
	const h, dg, dhs, dh = 0, 1, 2, 3
	d, v, t := c.val(0), c.val(1), c.val(2)
	c.get(dh, 0, d)
	c.get(dhs, 0, t)
	VADDPS(t, d, d)
	c.get(h, 0, v)
	c.tanhGrad(v, d, t)
	c.put(d, dg, 0)
	zeroAny(t)
	c.put(t, dh, 0)
}
