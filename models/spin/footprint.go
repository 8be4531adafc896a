package spin

import "lenz/datasets"

// Bytes that couplings and states take, with the copies that are made on the way.
const (
	bytesOfSite    = 64
	bytesOfBond    = 72
	bytesOfReplica = 12 // a spin and its field
	bytesOfCluster = 32 // buffers of the cluster samplers, a replica's site each
)

// Footprint estimates the bytes that sampling takes, before any of them is asked for.
func (o Ising) Footprint(instance *datasets.SpinInstance) float64 {
	sites, bonds := latticeSize(o.Lattice, o.Size, instance)
	temperatures := float64(len(o.Temperature))
	switch o.Sampler {
	case "packed":
		return sites / 4
	case "multispin":
		return sites*bytesOfSite + bonds*(bytesOfBond+24) + temperatures*sites*48
	}
	replica := bytesOfReplica
	if o.Sampler == "wolff" || o.Sampler == "swendsen-wang" {
		replica += bytesOfCluster
	}
	return sites*bytesOfSite + bonds*bytesOfBond + temperatures*float64(o.Copies)*sites*float64(replica)
}

// Footprint estimates the bytes that sampling takes, before any of them is asked for.
func (o Glass) Footprint(instance *datasets.SpinInstance) float64 {
	sites, bonds := latticeSize(o.Lattice, o.Size, instance)
	replicas := float64(o.Copies)
	if o.Method == "tempering" {
		replicas *= float64(o.Ladder)
	}
	return sites*bytesOfSite + bonds*bytesOfBond + replicas*sites*bytesOfReplica
}

// Footprint estimates the bytes that the memory takes, before any of them is asked for. Patterns are nil for random ones.
func (o Hopfield) Footprint(patterns [][]int8) float64 {
	n, p := float64(o.Units), float64(o.Patterns)
	if p == 0 {
		p = n / 10
	}
	if len(patterns) > 0 {
		n, p = float64(len(patterns[0])), float64(len(patterns))
	}
	if o.Rule == "pseudo-inverse" {
		return 8*n*n + 18*n*min(p, n) + p*n
	}
	return 8*n*n + 2*p*n
}

// latticeSize counts sites and bonds of a lattice, of the complete graph (sk), or of an instance.
func latticeSize(kind string, size int, instance *datasets.SpinInstance) (sites, bonds float64) {
	if instance != nil {
		return float64(instance.Spins), float64(len(instance.Edges))
	}
	n := float64(size)
	switch kind {
	case "sk":
		return n, n * (n - 1) / 2
	case "chain":
		return n, n
	case "cubic":
		return n * n * n, 3 * n * n * n
	case "triangular":
		return n * n, 3 * n * n
	case "honeycomb":
		return n * n, 1.5 * n * n
	}
	return n * n, 2 * n * n
}
