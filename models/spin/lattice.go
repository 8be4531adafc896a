package spin

import (
	"fmt"
	"math"
	"slices"
)

// Lattice is a regular arrangement of sites, numbered with the first coordinate fastest.
//
//	chain       2 neighbours                 square      4
//	triangular  6, a square lattice with one diagonal in each cell
//	honeycomb   3, two sites a cell: a square lattice of even sides that lacks every second vertical bond (a brick wall)
//	cubic       6
type Lattice struct {
	Kind string // chain, square, triangular, honeycomb or cubic
	Size []int  // sites along each direction
	Open bool   // no bonds across the border; otherwise periodic
}

// Kinds are the lattices that Lattice knows.
func Kinds() []string { return []string{"chain", "square", "triangular", "honeycomb", "cubic"} }

// NewLattice returns the lattice of a kind with the same size in each direction.
func NewLattice(kind string, size int, open bool) (Lattice, error) {
	dim := map[string]int{"chain": 1, "square": 2, "triangular": 2, "honeycomb": 2, "cubic": 3}[kind]
	l := Lattice{Kind: kind, Open: open}
	for range dim {
		l.Size = append(l.Size, size)
	}
	return l, l.check()
}

func (l Lattice) check() error {
	dim := map[string]int{"chain": 1, "square": 2, "triangular": 2, "honeycomb": 2, "cubic": 3}[l.Kind]
	if dim == 0 {
		return fmt.Errorf("spin: unknown lattice %q: the lattices are %v", l.Kind, Kinds())
	}
	if len(l.Size) != dim {
		return fmt.Errorf("spin: a %s lattice has %d sizes, got %v", l.Kind, dim, l.Size)
	}
	sites := 1.0
	for _, n := range l.Size {
		switch {
		case l.Open && n < 1:
			return fmt.Errorf("spin: a side of the %s lattice has %d sites, want at least 1", l.Kind, n)
		case !l.Open && n < 3:
			return fmt.Errorf("spin: a periodic side of the %s lattice has %d sites, want at least 3: with fewer, two bonds would join the same pair; make it open", l.Kind, n)
		case l.Kind == "honeycomb" && !l.Open && n%2 == 1:
			return fmt.Errorf("spin: a periodic honeycomb lattice has even sides, got %v", l.Size)
		}
		sites *= float64(n)
	}
	if sites > 1<<28 {
		return fmt.Errorf("spin: a %s lattice of %v has %.3g sites, want at most %d", l.Kind, l.Size, sites, 1<<28)
	}
	return nil
}

// Sites returns the number of sites.
func (l Lattice) Sites() int {
	n := 1
	for _, s := range l.Size {
		n *= s
	}
	return n
}

// steps are the bonds that start at a site, as steps in the coordinates.
func (l Lattice) steps() [][]int {
	switch l.Kind {
	case "chain":
		return [][]int{{1}}
	case "square":
		return [][]int{{1, 0}, {0, 1}}
	case "honeycomb":
		return [][]int{{1, 0}, {0, 1}}
	case "triangular":
		return [][]int{{1, 0}, {0, 1}, {1, 1}}
	}
	return [][]int{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
}

// Pairs lists the pairs of neighbours, the first coordinate of the first site fastest.
func (l Lattice) Pairs() ([][2]int, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	var pairs [][2]int
	at := make([]int, len(l.Size))
	for i := range l.Sites() {
		l.coordinates(i, at)
		for d, step := range l.steps() {
			if l.Kind == "honeycomb" && d == 1 && (at[0]+at[1])%2 == 1 {
				continue
			}
			if j, ok := l.along(at, step); ok {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs, nil
}

func (l Lattice) coordinates(i int, at []int) {
	for d, n := range l.Size {
		at[d] = i % n
		i /= n
	}
}

// along returns the site a step away, false across an open border.
func (l Lattice) along(at, step []int) (int, bool) {
	site, stride := 0, 1
	for d, n := range l.Size {
		x := at[d] + step[d]
		if x >= n {
			if l.Open {
				return 0, false
			}
			x -= n
		}
		site += x * stride
		stride *= n
	}
	return site, true
}

// Coupling couples all neighbours by what value gives, called once a pair in the order of Pairs, with the field on all sites.
func (l Lattice) Coupling(value func() float64, field float64) (*Coupling, error) {
	pairs, err := l.Pairs()
	if err != nil {
		return nil, err
	}
	bonds := make([]Bond, len(pairs))
	for k, p := range pairs {
		bonds[k] = Bond{p[0], p[1], value()}
	}
	c, err := New(l.Sites(), bonds, constant(l.Sites(), field), nil)
	if err != nil {
		return nil, err
	}
	l.Size = slices.Clone(l.Size)
	c.lattice = &l
	return c, nil
}

// Ferromagnet couples all neighbours by J.
func (l Lattice) Ferromagnet(j, field float64) (*Coupling, error) {
	return l.Coupling(func() float64 { return j }, field)
}

func constant(n int, v float64) []float64 {
	if v == 0 {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// wave returns cos and sin of k.r for the smallest wave vector along the first direction, k = 2 pi/L, and 2 sin(|k|/2), for the
// correlation length. ok is false where the second-moment length has no such form: open borders, honeycomb.
func (l Lattice) wave() (cosine, sine []float64, twice float64, ok bool) {
	if l.Open || l.Kind == "honeycomb" {
		return nil, nil, 0, false
	}
	k := 2 * math.Pi / float64(l.Size[0])
	n := l.Sites()
	cosine, sine = make([]float64, n), make([]float64, n)
	for i := range n {
		x := float64(i % l.Size[0])
		cosine[i], sine[i] = math.Cos(k*x), math.Sin(k*x)
	}
	size := k
	if l.Kind == "triangular" { // the reciprocal vector of a sheared lattice is longer
		size *= 2 / math.Sqrt(3)
	}
	return cosine, sine, 2 * math.Sin(size/2), true
}
