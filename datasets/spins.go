package datasets

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// SpinInstance is a weighted graph of a spin-glass or max-cut file. As max-cut, its vertices are parted so that the weights between the
// parts are most; as a spin glass, J_ij = -w_ij, and
//
//	E = sum_ij w_ij s_i s_j = sum_ij w_ij - 2 cut,
//
// so that a largest cut is a ground state.
type SpinInstance struct {
	Name  string
	Spins int
	Edges []SpinEdge
}

// SpinEdge joins the vertices I and J, counted from 0.
type SpinEdge struct {
	I, J   int
	Weight float64
}

// Total returns the sum of the weights.
func (s *SpinInstance) Total() float64 {
	sum := 0.0
	for _, e := range s.Edges {
		sum += e.Weight
	}
	return sum
}

// mostSpins bounds a file's first line, so that a slip in it does not fill the memory.
const mostSpins = 1 << 24

// ReadSpins reads a file of the Biq Mac library or the G-set (rudy's format), plain or gzipped: a first line "n m" with the
// numbers of vertices and edges, then m lines "i j w", vertices counted from 1. Blank lines and lines that begin with # or c are
// passed over. Errors name the file and the line.
func ReadSpins(path string) (*SpinInstance, error) {
	r, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return ReadSpinsFrom(r, path)
}

// ReadSpinsFrom reads an instance from r; name stands in its errors.
func ReadSpinsFrom(r io.Reader, name string) (*SpinInstance, error) {
	base := filepath.Base(name)
	for _, ext := range []string{".gz", ".txt", ".mc", ".sparse", ".rud"} {
		base = strings.TrimSuffix(base, ext)
	}
	p := spinParser{s: &SpinInstance{Name: base}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<12), 1<<16)
	for lines.Scan() {
		p.line++
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' || text == "c" || strings.HasPrefix(text, "c ") {
			continue
		}
		if err := p.take(strings.Fields(text)); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, p.line, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s, line %d: %w", name, p.line+1, err)
	}
	switch {
	case !p.begun:
		return nil, fmt.Errorf("%s is empty: want a first line with the numbers of spins and couplings", name)
	case len(p.s.Edges) != p.edges:
		return nil, fmt.Errorf("%s has %d couplings, its first line says %d: the file is cut off, or the number is wrong", name, len(p.s.Edges), p.edges)
	}
	return p.s, nil
}

type spinParser struct {
	line, edges int
	begun       bool
	s           *SpinInstance
	seen        map[[2]int]int // pair -> line
}

func (p *spinParser) take(fields []string) error {
	if !p.begun {
		return p.head(fields)
	}
	if len(fields) != 3 {
		return fmt.Errorf("%d fields, want three: the numbers of two spins and their weight", len(fields))
	}
	var pair [2]int
	for k := range pair {
		v, err := strconv.Atoi(fields[k])
		if err != nil || v < 1 || v > p.s.Spins {
			return fmt.Errorf("the spin %.40q, want a whole number from 1 to %d", fields[k], p.s.Spins)
		}
		pair[k] = v - 1
	}
	w, err := strconv.ParseFloat(fields[2], 64)
	if err != nil || math.IsNaN(w) || math.IsInf(w, 0) {
		return fmt.Errorf("the weight %.40q, want a finite number", fields[2])
	}
	i, j := min(pair[0], pair[1]), max(pair[0], pair[1])
	if i == j {
		return fmt.Errorf("spin %d is coupled to itself: its square is 1, leave the line out", i+1)
	}
	if before, twice := p.seen[[2]int{i, j}]; twice {
		return fmt.Errorf("the spins %d and %d are coupled in line %d already: give the sum of the weights once", i+1, j+1, before)
	}
	if len(p.s.Edges) == p.edges {
		return fmt.Errorf("one coupling more than the %d that the first line says", p.edges)
	}
	p.seen[[2]int{i, j}] = p.line
	p.s.Edges = append(p.s.Edges, SpinEdge{i, j, w})
	return nil
}

func (p *spinParser) head(fields []string) error {
	// Some files of the G-set have a word after the two numbers.
	if len(fields) == 3 {
		if _, err := strconv.ParseFloat(fields[2], 64); err != nil {
			fields = fields[:2]
		}
	}
	if len(fields) != 2 {
		return fmt.Errorf("%d fields, want two: the numbers of spins and couplings", len(fields))
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 1 || n > mostSpins {
		return fmt.Errorf("%.40q spins, want a whole number from 1 to %d", fields[0], mostSpins)
	}
	m, err := strconv.Atoi(fields[1])
	if most := float64(n) * float64(n-1) / 2; err != nil || m < 0 || float64(m) > most {
		return fmt.Errorf("%.40q couplings, want a whole number from 0 to the %.0f pairs of %d spins", fields[1], most, n)
	}
	p.begun, p.s.Spins, p.edges = true, n, m
	p.seen = map[[2]int]int{}
	return nil
}

// Write writes the instance as ReadSpins reads it.
func (s *SpinInstance) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%d %d\n", s.Spins, len(s.Edges))
	for _, e := range s.Edges {
		fmt.Fprintf(b, "%d %d %s\n", e.I+1, e.J+1, strconv.FormatFloat(e.Weight, 'g', -1, 64))
	}
	return b.Flush()
}
