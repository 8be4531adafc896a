package kernel

// Gram adds up the upper triangle of C += XᵀX for one block of rows of X after another, in pieces that the caller hands to whatever
// goroutines it has: while some compute them, another may prepare the next block. The bits are those of Syrk. The zero value is
// ready; Block begins a block.
type Gram[T Float] struct {
	work gram[T]
	rows *Packed[T]
}

// Block takes a block X [rows, n], of which it keeps a copy in the order in which it is read, and the C [n, n] that it is added to.
func (g *Gram[T]) Block(rows, n int, x []T, ldx int, c []T, ldc int) {
	checkSyrk(true, n, rows, len(x), ldx, len(c), ldc)
	size := packedSize[T](rows, n)
	if g.rows == nil {
		g.rows = borrow[T](size)
	}
	if fast() && !openBLAS {
		g.rows.Pack(false, rows, n, x, ldx)
	} else {
		g.rows.grow(rows * n)
		for r := range rows {
			copy(g.rows.data[r*n:(r+1)*n], x[r*ldx:])
		}
		x, ldx = g.rows.data, n
	}
	g.work = gram[T]{product[T]{true, false, n, n, rows, 1, x, ldx, x, ldx, 1, c, ldc}, true}
}

// Release gives the copy's memory back, for other products to use. Block begins again.
func (g *Gram[T]) Release() {
	if g.rows != nil {
		giveBack(g.rows)
	}
	*g = Gram[T]{}
}

// Pieces is how many pieces the product has. They write to places of their own.
func (g *Gram[T]) Pieces() int {
	switch {
	case g.work.n == 0 || g.work.k == 0:
		return 0
	case openBLAS:
		return 1
	case fast():
		return g.work.pieces()
	}
	return (g.work.n + tileM - 1) / tileM
}

// Add computes piece p and adds it to C. It may be called from several goroutines at once.
func (g *Gram[T]) Add(p int) {
	switch {
	case openBLAS:
		g.work.standard()
	case fast():
		g.work.pieceAt(g.rows, p)
	default:
		g.work.stripInGo(p)
	}
}
