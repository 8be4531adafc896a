package graph

import (
	"hash/fnv"
	"strings"
	"sync"
	"testing"

	"gorgonia.org/gorgonia"
)

// Gorgonia gives the type that an op names back to a pool when a node is made. An op that kept it would share it with
// whatever graph is built next, in any goroutine: its hash would change, and the race detector would see both at work.
func TestTypesOfOpsAreTheirOwn(t *testing.T) {
	build := func() (*Builder, *Node) {
		p := NewParams(Float32, 1)
		w, err := p.Add("w", Uniform(1), 2, 3)
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		b := NewBuilder(p)
		n := b.Linear(b.Input("x", 4, 3), b.Param(w), nil)
		if err := b.Err(); err != nil {
			t.Error(err)
		}
		return b, n
	}
	sum := func(o gorgonia.Op) uint32 {
		h := fnv.New32a()
		o.WriteHash(h)
		return h.Sum32()
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, n := build()
			if n == nil {
				return
			}
			before, kind := sum(n.Op()), n.Op().Type().String()
			for range 50 { // these borrow what was given back
				build()
			}
			if sum(n.Op()) != before || n.Op().Type().String() != kind || strings.Contains(kind, "nil") {
				t.Errorf("the hash or the type %s of an op changed when nodes were built", kind)
			}
		})
	}
	wg.Wait()
}
