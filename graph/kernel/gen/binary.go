package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// binarySet emits products of matrices of zeros and ones: their packing into bits, tables of the sums of all subsets of four rows, and
// the additions of what the bits choose.
func binarySet() {
	for _, s := range isas {
		s.bitsOfRows()
		s.bitsOfColumns()
		s.subsets()
		s.lookup(8)
		s.lookup(2)
	}
}

// tableVectors is how many registers a row of a table fills.
const tableVectors = 4

// entry is the size of a row of a table, in bytes.
func (s isa) entry() int { return tableVectors * s.bytes }

// notBinary gathers in found what shows that numbers are not all 0 or 1: bits of (x - 1) x but the sign, since (0 - 1) 0 is a negative zero.
func (s isa) notBinary(x, one, t, found VecPhysical) {
	VSUBPS(one, x, t)
	VMULPS(x, t, t)
	VORPS(t, found, found)
}

// returnFound returns whether notBinary found anything.
func (s isa) returnFound(found, t VecPhysical) {
	s.foldOr(found, t)
	VPSLLD(U8(1), found.AsY(), found.AsY())
	XORQ(RAX, RAX)
	VPTEST(found.AsY(), found.AsY())
	SETNE(AL)
	Store(RAX, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// bitsOfRows emits the packing of one row. Of 0 and 1, 1 alone has bit 29.
func (s isa) bitsOfRows() {
	name := "bitsOfRow" + s.name
	TEXT(name, NOSPLIT, "func(words *uint32, x *float32, n, stride int) uint64")
	Pragma("noescape")
	Doc(name+" packs 32 n numbers, n at least 1, into n words that are stride bytes apart, the first number into the lowest bit.",
		"It returns 0 if all are 0 or 1.")
	words, x, n, stride := RDI, RSI, RDX, R8
	loadParams([]string{"words", "x", "n", "stride"}, []GPPhysical{words, x, n, stride})
	one, found := s.v[0], s.v[1]
	VMOVUPS(arith32.memory(arith32.one()), one)
	zero(found)
	Label("word")
	for i := range 32 / s.lanes() {
		v, t := s.v[2+2*i], s.v[3+2*i]
		VMOVUPS(Mem{Base: x, Disp: i * s.bytes}, v)
		s.notBinary(v, one, t, found)
		VPSLLD(U8(2), v, v)
		to := []Register{EAX, EBX, ECX, R9L}[i]
		if s.bytes == 64 {
			VPMOVD2M(v, K1)
			KMOVW(K1, to)
		} else {
			VMOVMSKPS(v, to)
		}
	}
	for i, part := range []Register{EBX, ECX, R9L}[:32/s.lanes()-1] {
		SHLL(U8(uint8((i+1)*s.lanes())), part)
		ORL(part, EAX)
	}
	MOVL(EAX, Mem{Base: words})
	ADDQ(stride, words)
	ADDQ(U8(128), x)
	DECQ(n)
	JNZ(LabelRef("word"))
	s.returnFound(found, s.v[2])
}

// bitsOfColumns emits the packing of columns of at most 32 rows.
func (s isa) bitsOfColumns() {
	name := "bitsOfColumns" + s.name
	TEXT(name, NOSPLIT, "func(words *uint32, x *float32, rows, n, stride int) uint64")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s packs %d n columns, n at least 1, of 1 to 32 rows that are stride bytes apart, a word a column, the first row into the lowest bit.", name, s.lanes()),
		"It returns 0 if all are 0 or 1.")
	words, x, rows, n, stride, last, at, left := RDI, RSI, RDX, RCX, R8, R9, R10, R11
	loadParams([]string{"words", "x", "rows", "n", "stride"}, []GPPhysical{words, x, rows, n, stride})
	MOVQ(rows, last)
	DECQ(last)
	IMULQ(stride, last)
	word, v, one, found, t := s.v[0], s.v[1], s.v[2], s.v[3], s.v[4]
	VMOVUPS(arith32.memory(arith32.one()), one)
	zero(found)
	Label("columns")
	LEAQ(Mem{Base: x, Index: last, Scale: 1}, at)
	MOVQ(rows, left)
	zero(word)
	Label("row")
	VMOVUPS(Mem{Base: at}, v)
	s.notBinary(v, one, t, found)
	VPSLLD(U8(2), v, v)
	VPSRLD(U8(31), v, v)
	VPADDD(word, word, word)
	VPADDD(v, word, word)
	SUBQ(stride, at)
	DECQ(left)
	JNZ(LabelRef("row"))
	VMOVUPS(word, Mem{Base: words})
	ADDQ(I32(int32(s.bytes)), words)
	ADDQ(I32(int32(s.bytes)), x)
	DECQ(n)
	JNZ(LabelRef("columns"))
	s.returnFound(found, t)
}

// subsets emits tables: for four rows the sums of their sixteen subsets, where bit i of the number of a subset stands for row i. A sum adds its
// rows in their order.
func (s isa) subsets() {
	name := "subsets" + s.name
	TEXT(name, NOSPLIT, "func(table, x *float32, groups, stride int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s writes a table of 16 rows of %d bytes for each of so many groups, at least 1, of four rows that are stride bytes apart.", name, s.entry()))
	table, groups, stride := RDI, RDX, R8
	rows := []GPPhysical{RSI, R9, R10, R11}
	loadParams([]string{"table", "x", "groups", "stride"}, []GPPhysical{table, rows[0], groups, stride})
	Label("group")
	for i := 1; i < 4; i++ {
		LEAQ(Mem{Base: rows[i-1], Index: stride, Scale: 1}, rows[i])
	}
	for v := range tableVectors {
		to := func(subset int) Mem { return Mem{Base: table, Disp: subset*s.entry() + v*s.bytes} }
		sums, row := s.v[:8], s.v[8]
		zero(sums[0])
		VMOVUPS(sums[0], to(0))
		for i := range 4 {
			size := 1 << i
			VMOVUPS(Mem{Base: rows[i], Disp: v * s.bytes}, row)
			VMOVUPS(row, to(size))
			if i < 3 {
				VMOVUPS(row, sums[size])
			}
			for other := 1; other < size; other++ {
				sum := s.v[9+other%6]
				if i < 3 {
					sum = sums[size+other]
				}
				VADDPS(row, sums[other], sum)
				VMOVUPS(sum, to(size+other))
			}
		}
	}
	ADDQ(I32(int32(16*s.entry())), table)
	LEAQ(Mem{Base: rows[3], Index: stride, Scale: 1}, rows[0])
	DECQ(groups)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// lookup emits the additions of what four bits choose from each of so many tables.
func (s isa) lookup(groups int) {
	name := fmt.Sprintf("lookup%d%s", groups, s.name)
	TEXT(name, NOSPLIT, "func(out *float32, words *byte, table *float32, rows int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s adds to each of so many rows, at least 1, of %d bytes what the %d bits at words choose from %d tables; the next row's stand 4 bytes further.", name, s.entry(), 4*groups, groups))
	out, words, table, rows, word := RDI, RSI, RDX, R8, R9
	loadParams([]string{"out", "words", "table", "rows"}, []GPPhysical{out, words, table, rows})
	choices := []GPPhysical{RAX, RBX, RCX, R10, R11, R12, R13, R15}
	sums := s.v[:tableVectors]
	scale := 0
	for 1<<scale < s.entry() {
		scale++
	}
	Label("row")
	if groups == 8 {
		MOVL(Mem{Base: words}, word.As32())
	} else {
		MOVBLZX(Mem{Base: words}, word.As32())
	}
	for g := range groups {
		at := choices[g].As32()
		MOVL(word.As32(), at)
		if by := 4*g - scale; by < 0 {
			SHLL(U8(uint8(-by)), at)
		} else if by > 0 {
			SHRL(U8(uint8(by)), at)
		}
		ANDL(U32(uint32(15<<scale)), at)
		for v, sum := range sums {
			chosen := Mem{Base: table, Index: choices[g], Scale: 1, Disp: 16*g*s.entry() + v*s.bytes}
			if g == 0 {
				VMOVUPS(chosen, sum)
			} else {
				VADDPS(chosen, sum, sum)
			}
		}
	}
	for v, sum := range sums {
		VADDPS(Mem{Base: out, Disp: v * s.bytes}, sum, sum)
		VMOVUPS(sum, Mem{Base: out, Disp: v * s.bytes})
	}
	ADDQ(I32(int32(s.entry())), out)
	ADDQ(U8(4), words)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
