package disktest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lenz/internal/rng"
)

// State is what a power failure leaves: files and their contents, folders with nil.
type State struct {
	// After is the number of operations that had begun.
	After int
	// How says what became of what was not synced.
	How   string
	Tree  map[string][]byte
	print [sha256.Size]byte
}

// Put makes the state's files and folders in an empty folder.
func (s State) Put(dir string) error {
	for _, path := range slices.Sorted(maps.Keys(s.Tree)) {
		at := filepath.Join(dir, path)
		if s.Tree[path] == nil {
			if err := os.MkdirAll(at, 0o777); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(at, s.Tree[path], 0o666); err != nil {
			return err
		}
	}
	return nil
}

// CrashStates returns every state that a power failure may leave after any number of the recorded operations, equal ones of
// the same number once:
//   - content that was not synced is kept, lost, there as zeros, or lacks one of its writes (zeros in its place), and the last write is
//     torn after the first byte, in the middle and before the last byte;
//   - of the changes of names whose folder was not synced, any subset has reached the disk (all subsets of up to eight changes; of
//     more, each prefix, each with one missing, each alone, and 64 drawn by the seed).
//
// One change of names is whole or not at all, a rename too, as journals of file systems have it.
func (r *Recorder) CrashStates(seed uint64) []State {
	var all []State
	draw := rng.New(seed, "crash states")
	for n := range len(r.ops) + 1 {
		m := newModel(r.start)
		for _, o := range r.ops[:n] {
			m.apply(o)
		}
		seen := map[[sha256.Size]byte]bool{}
		for _, names := range subsets(len(m.pending), draw.Uint64) {
			for _, c := range m.contents() {
				s := State{After: n, How: fmt.Sprintf("%s, names %v of %d", c.name, names, len(m.pending)), Tree: m.tree(names, c)}
				s.print = fingerprint(s.Tree)
				if !seen[s.print] {
					seen[s.print] = true
					all = append(all, s)
				}
			}
		}
	}
	return all
}

func fingerprint(tree map[string][]byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(h, "%q %v %d\n", path, tree[path] == nil, len(tree[path]))
		h.Write(tree[path])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// subsets lists subsets of n changes as sorted numbers.
func subsets(n int, draw func() uint64) [][]int {
	var list [][]int
	if n <= 8 {
		for bits := range uint64(1) << n {
			list = append(list, members(n, func(i int) bool { return bits>>i&1 == 1 }))
		}
		return list
	}
	for k := range n + 1 {
		list = append(list, members(n, func(i int) bool { return i < k }),
			members(n, func(i int) bool { return i != k }), members(n, func(i int) bool { return i == k }))
	}
	for range 64 {
		bits := draw()
		list = append(list, members(n, func(i int) bool { return bits>>(i%64)&1 == 1 }))
	}
	return list
}

func members(n int, in func(i int) bool) []int {
	list := []int{}
	for i := range n {
		if in(i) {
			list = append(list, i)
		}
	}
	return list
}

// node is a file or folder, whatever it is called.
type node struct {
	folder  bool
	content []byte   // on disk
	pending [][]byte // written, not synced
}

// place is a name in a folder.
type place struct {
	folder *node
	name   string
}

// change sets names: to a node, or to nothing.
type change map[place]*node

// model is a disk.
type model struct {
	root    *node
	live    map[place]*node // what a program sees
	names   map[place]*node // what is on disk
	pending []change
	files   map[int]*node
	writes  []*node // files with content that is not synced, in the order of their first such write
}

func newModel(start map[string][]byte) *model {
	m := &model{root: &node{folder: true}, live: map[place]*node{}, names: map[place]*node{}, files: map[int]*node{}}
	for _, path := range slices.Sorted(maps.Keys(start)) {
		m.live[m.at(path)] = &node{folder: start[path] == nil, content: start[path]}
	}
	maps.Copy(m.names, m.live)
	return m
}

// at finds the folder of a path.
func (m *model) at(path string) place {
	parts := strings.Split(filepath.ToSlash(path), "/")
	folder := m.root
	for _, p := range parts[:len(parts)-1] {
		folder = m.live[place{folder, p}]
	}
	return place{folder, parts[len(parts)-1]}
}

func (m *model) apply(o op) {
	switch o.kind {
	case create, mkdir:
		n := &node{folder: o.kind == mkdir}
		if o.kind == create {
			m.files[o.file] = n
		}
		m.change(change{m.at(o.path): n})
	case open:
		m.files[o.file] = m.live[m.at(o.path)]
	case rename:
		from, to := m.at(o.path), m.at(o.to)
		m.change(change{from: nil, to: m.live[from]})
	case remove:
		m.change(change{m.at(o.path): nil})
	case write:
		n := m.files[o.file]
		if len(n.pending) == 0 {
			m.writes = append(m.writes, n)
		}
		n.pending = append(n.pending, o.data)
	case sync:
		n := m.files[o.file]
		n.content = slices.Concat(append([][]byte{n.content}, n.pending...)...)
		n.pending = nil
		m.writes = slices.DeleteFunc(m.writes, func(w *node) bool { return w == n })
	case syncDir:
		m.commit(m.folder(o.path))
	}
}

func (m *model) folder(path string) *node {
	if path == "." {
		return m.root
	}
	return m.live[m.at(path)]
}

func (m *model) change(c change) {
	c.to(m.live)
	m.pending = append(m.pending, c)
}

func (c change) to(names map[place]*node) {
	for p, n := range c {
		if n == nil {
			delete(names, p)
		} else {
			names[p] = n
		}
	}
}

// commit puts the changes that touch a folder on disk.
func (m *model) commit(folder *node) {
	var rest []change
	for _, c := range m.pending {
		touches := false
		for p := range c {
			touches = touches || p.folder == folder
		}
		if touches {
			c.to(m.names)
		} else {
			rest = append(rest, c)
		}
	}
	m.pending = rest
}

// fate says what a file with content that is not synced holds.
type fate struct {
	name string
	of   func(n *node) []byte
}

// contents lists the fates; all files share one, which suffices where one file is written at a time.
func (m *model) contents() []fate {
	list := []fate{
		{"content kept", func(n *node) []byte { return n.with(func(_ int, b []byte) []byte { return b }) }},
		{"content lost", func(n *node) []byte { return n.content }},
		{"content zeros", func(n *node) []byte { return n.with(func(_ int, b []byte) []byte { return make([]byte, len(b)) }) }},
	}
	if len(m.writes) == 0 {
		return list[:1]
	}
	last := m.writes[len(m.writes)-1]
	for k := range last.pending {
		list = append(list, fate{fmt.Sprintf("write %d missing", k), func(n *node) []byte {
			return n.with(func(i int, b []byte) []byte {
				if i == k {
					return make([]byte, len(b))
				}
				return b
			})
		}})
	}
	size := len(last.pending[len(last.pending)-1])
	for _, cut := range []int{1, size / 2, size - 1} {
		list = append(list, fate{fmt.Sprintf("torn at %d of %d", cut, size), func(n *node) []byte {
			return n.with(func(i int, b []byte) []byte {
				if n == last && i == len(n.pending)-1 {
					return b[:max(0, min(cut, len(b)))]
				}
				return b
			})
		}})
	}
	return list
}

// with is the content with what became of each pending write.
func (n *node) with(became func(i int, b []byte) []byte) []byte {
	all := slices.Clone(n.content)
	for i, b := range n.pending {
		all = append(all, became(i, b)...)
	}
	return all
}

// tree is the disk with some of the pending changes of names, and contents by their fate.
func (m *model) tree(chosen []int, f fate) map[string][]byte {
	names := maps.Clone(m.names)
	for _, i := range chosen {
		m.pending[i].to(names)
	}
	inside := map[*node]map[string]*node{}
	for p, n := range names {
		if inside[p.folder] == nil {
			inside[p.folder] = map[string]*node{}
		}
		inside[p.folder][p.name] = n
	}
	tree := map[string][]byte{}
	var walk func(n *node, path string, depth int)
	walk = func(n *node, path string, depth int) {
		for name, child := range inside[n] {
			at := filepath.Join(path, name)
			if child.folder {
				tree[at] = nil
				if depth < 16 { // a folder cannot hold itself; this ends the search if it did
					walk(child, at, depth+1)
				}
				continue
			}
			content := f.of(child)
			if content == nil {
				content = []byte{}
			}
			tree[at] = content
		}
	}
	walk(m.root, "", 0)
	return tree
}

// Orphans lists the names in and below a folder for which odd is true.
func Orphans(dir string, odd func(name string) bool) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && odd(e.Name()) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}
