package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// solveRows is the height of the largest triangle that is solved in registers; kernel.solveRows is the same.
const solveRows = 6

// solver substitutes rows of results into one another: a triangle of the given rows, panels of two vectors.
type solver struct {
	isa
	p    precision
	rows int
}

func (s solver) emit() {
	name := fmt.Sprintf("%ssolve%d%s", s.p.letter, s.rows, s.isa.name)
	TEXT(name, NOSPLIT, fmt.Sprintf("func(tri, c *%s, ldc, panels int)", s.p.element()))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s solves L X = C in place for the first %d rows of a lower triangle, whose rows are %d apart and whose", name, s.rows, solveRows),
		fmt.Sprintf("diagonal is inverted. C is panels of %d columns, its rows ldc bytes apart, which may be negative.", vectors*s.bytes/s.p.bytes))
	tri, c, ldc, panels := RDI, RSI, RDX, RCX
	loadParams([]string{"tri", "c", "ldc", "panels"}, []GPPhysical{tri, c, ldc, panels})
	restore := flushDenormals()
	halves := []GPPhysical{c, R8} // the addresses of rows 0 and 3
	if s.rows > 3 {
		LEAQ(Mem{Base: c, Index: ldc, Scale: 2}, R8)
		ADDQ(ldc, R8)
	}
	at := func(r, v int) Mem {
		m := Mem{Base: halves[r/3], Disp: v * s.bytes}
		if r%3 > 0 {
			m.Index, m.Scale = ldc, uint8(r%3)
		}
		return m
	}
	value := func(r, v int) VecPhysical { return s.v[r*vectors+v] }
	factors := s.v[s.rows*vectors:]
	next := 0
	factor := func(row, column int) VecPhysical {
		f := factors[next%len(factors)]
		next++
		s.p.broadcast(Mem{Base: tri, Disp: (row*solveRows + column) * s.p.bytes}, f)
		return f
	}
	Label("panel")
	for r := range s.rows {
		for v := range vectors {
			s.p.load(at(r, v), value(r, v))
		}
	}
	s.substitute(factor, value, at)
	for i := range (s.rows + 2) / 3 {
		ADDQ(I32(int32(vectors*s.bytes)), halves[i])
	}
	DECQ(panels)
	JNZ(LabelRef("panel"))
	restore()
	VZEROUPPER()
	RET()
}

// substitute solves the rows one after another and takes each from those that follow.
func (s solver) substitute(factor, value func(row, column int) VecPhysical, at func(row, v int) Mem) {
	subtract := VFNMADD231PS
	if s.p.bytes == 8 {
		subtract = VFNMADD231PD
	}
	for i := range s.rows {
		inverse := factor(i, i)
		for v := range vectors {
			s.p.mul(inverse, value(i, v), value(i, v))
			s.p.load(value(i, v), at(i, v))
		}
		for r := i + 1; r < s.rows; r++ {
			f := factor(r, i)
			for v := range vectors {
				subtract(f, value(i, v), value(r, v))
			}
		}
	}
}
