package graph

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the program as a Graphviz drawing: inputs as ellipses, parameters as boxes, ops as rounded boxes, each with
// its shape; dashed edges belong to the derivative.
func (p *Program) WriteDOT(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "digraph lenz {\n  rankdir=BT;\n  node [fontname=\"Helvetica\", fontsize=10];")
	leaves := map[int64]*leaf{}
	for _, l := range p.b.leaves {
		leaves[l.node.ID()] = l
	}
	for _, n := range p.b.g.AllNodes() {
		label, style := strings.TrimPrefix(n.Name(), "lenz "), "shape=box, style=rounded"
		if n.Op() != nil {
			label = n.Op().String()
		}
		if l := leaves[n.ID()]; l != nil {
			style = "shape=ellipse"
			if l.param != nil {
				style = "shape=box, style=filled, fillcolor=\"#e8eef7\""
			}
		}
		fmt.Fprintf(out, "  n%d [label=%q, %s];\n", n.ID(), fmt.Sprintf("%s\n%v", label, n.Shape()), style)
	}
	for _, n := range p.b.g.AllNodes() {
		style := ""
		if n.Op() != nil && strings.Contains(n.Op().String(), "'") {
			style = " [style=dashed]"
		}
		for it := p.b.g.From(n.ID()); it.Next(); {
			fmt.Fprintf(out, "  n%d -> n%d%s;\n", it.Node().ID(), n.ID(), style)
		}
	}
	fmt.Fprintln(out, "}")
	return out.Flush()
}
