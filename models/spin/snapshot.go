package spin

// Snapshot is a plane of spins as they are now, a picture of Height x Width sites, row-major.
type Snapshot struct {
	Temperature   float64
	Height, Width int
	Spins         []int8
}

// Pictured is a Module whose spins can be shown: Snapshots has one of each temperature, of its first copy. A cubic lattice shows its first
// plane; there is none of a chain or of couplings on no lattice. Of larger planes the corner of the given side is shown.
type Pictured interface{ Snapshots(side int) []Snapshot }

var (
	_ Pictured = (*Ensemble)(nil)
	_ Pictured = (*Packed)(nil)
	_ Pictured = (*Multispin)(nil)
)

// Snapshots shows the first copy at each temperature.
func (e *Ensemble) Snapshots(side int) []Snapshot {
	return snapshots(e.c.lattice, side, e.plan.Temperatures, func(k, site int) int8 { return e.replicas[k][0].s[site] })
}

// Snapshots shows the first system at each temperature.
func (m *Multispin) Snapshots(side int) []Snapshot {
	return snapshots(m.c.lattice, side, m.ladder, func(k, site int) int8 { return m.Spin(k, site, 0) })
}

// Snapshots shows the lattice.
func (p *Packed) Snapshots(side int) []Snapshot {
	square := Lattice{Kind: "square", Size: []int{p.size, p.size}}
	return snapshots(&square, side, []float64{p.temperature}, func(_, site int) int8 { return p.At(site%p.size, site/p.size) })
}

// snapshots cuts the corner of the first plane out of each temperature's spins.
func snapshots(l *Lattice, side int, temperatures []float64, spin func(k, site int) int8) []Snapshot {
	if l == nil || len(l.Size) < 2 || side < 1 {
		return nil
	}
	w, h := min(side, l.Size[0]), min(side, l.Size[1])
	all := make([]Snapshot, len(temperatures))
	for k, t := range temperatures {
		all[k] = Snapshot{Temperature: t, Height: h, Width: w, Spins: make([]int8, 0, h*w)}
		for y := range h {
			for x := range w {
				all[k].Spins = append(all[k].Spins, spin(k, y*l.Size[0]+x))
			}
		}
	}
	return all
}
