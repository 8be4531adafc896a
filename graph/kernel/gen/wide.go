package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// widePanels is how many panels a wide tile spans.
const widePanels = 4

// wideSet emits tiles of one row over several panels: the two sums of a tile of one panel would leave the adders waiting.
func wideSet() {
	for _, p := range []precision{single, double} {
		for _, s := range isas {
			wide(s, p)
		}
	}
}

func wide(s isa, p precision) {
	name := fmt.Sprintf("%swide%s", p.letter, s.name)
	TEXT(name, NOSPLIT, "func(t *uint64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes one row of the panels that t, a *tiles, describes: %d panels at once, panels times.", name, widePanels))
	Load(Param("t"), args)
	restore := flushDenormals()
	arg := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	panels := []GPPhysical{RSI, R9, R10, R11}
	a, c, cin, at, groups, stride := RBX, R12, R13, RAX, R14, R15
	acc := s.v[:vectors*widePanels]
	factor := s.v[vectors*widePanels]
	MOVQ(arg(fieldB), panels[0])
	MOVQ(arg(fieldCS), colStride)
	MOVQ(arg(fieldBS), bStep)
	MOVQ(arg(fieldC), c)
	MOVQ(arg(fieldCin), cin)
	MOVQ(arg(fieldPanels), groups)
	Label("group")
	MOVQ(arg(fieldPanel), stride)
	for i := 1; i < widePanels; i++ {
		LEAQ(Mem{Base: panels[i-1], Index: stride, Scale: 1}, panels[i])
	}
	MOVQ(arg(fieldA), a)
	MOVQ(arg(fieldK), steps)
	XORQ(at, at)
	for _, r := range acc {
		zero(r)
	}
	Label("k")
	p.broadcast(Mem{Base: a}, factor)
	for i, r := range acc {
		p.fma231(Mem{Base: panels[i/vectors], Index: at, Scale: 1, Disp: i % vectors * s.bytes}, factor, r)
	}
	ADDQ(bStep, at)
	ADDQ(colStride, a)
	DECQ(steps)
	JNZ(LabelRef("k"))
	s.storeWide(p, acc, factor, c, cin, stride)
	ADDQ(I32(int32(len(acc)*s.bytes)), c)
	ADDQ(I32(int32(len(acc)*s.bytes)), cin)
	MOVQ(arg(fieldPanel), stride)
	LEAQ(Mem{Base: panels[widePanels-1], Index: stride, Scale: 1}, panels[0])
	DECQ(groups)
	JNZ(LabelRef("group"))
	restore()
	VZEROUPPER()
	RET()
}

// storeWide stores alpha times the sums, plus beta times what cin holds.
func (s isa) storeWide(p precision, acc []VecPhysical, factor VecPhysical, c, cin, scratch GPPhysical) {
	arg := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	p.broadcast(arg(fieldAlpha), factor)
	for _, r := range acc {
		p.mul(factor, r, r)
	}
	MOVQ(arg(fieldBeta), scratch)
	TESTQ(scratch, scratch)
	JZ(LabelRef("store"))
	p.broadcast(arg(fieldBeta), factor)
	for i, r := range acc {
		p.fma231(Mem{Base: cin, Disp: i * s.bytes}, factor, r)
	}
	Label("store")
	for i, r := range acc {
		p.load(r, Mem{Base: c, Disp: i * s.bytes})
	}
}
