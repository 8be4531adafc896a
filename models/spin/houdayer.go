package spin

// isoenergetic swaps a cluster between two replicas of one temperature: the connected sites around a random one on which they
// differ (Houdayer 2001). The sum of the energies stays, so that every swap is accepted. Beyond the percolation threshold of the
// lattice it only exchanges the replicas, and it pays off at low temperature on planar ones (Zhu, Ochoa, Katzgraber 2015).
func isoenergetic(a, b *replica) {
	c := a.c
	if a.mark == nil {
		a.mark = make([]bool, c.n)
	}
	differ := a.stack[:0]
	for i := range a.s {
		if a.s[i] != b.s[i] {
			differ = append(differ, int32(i))
		}
	}
	a.stack = differ
	if len(differ) == 0 {
		return
	}
	seed := differ[a.r.IntN(len(differ))]
	cluster := append(a.stack[:0], seed)
	a.mark[seed] = true
	for at := 0; at < len(cluster); at++ {
		i := cluster[at]
		for k := c.start[i]; k < c.start[i+1]; k++ {
			if j := c.site[k]; !a.mark[j] && a.s[j] != b.s[j] {
				a.mark[j] = true
				cluster = append(cluster, j)
			}
		}
	}
	a.stack = cluster
	for _, i := range cluster {
		a.mark[i] = false
		a.flip(int(i))
		b.flip(int(i))
	}
}
