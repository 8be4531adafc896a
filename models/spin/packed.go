package spin

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"lenz/graph/kernel"
	"lenz/internal/rng"
	"lenz/internal/state"
)

// bandRows is the number of rows that share a generator: the lattice is cut by its size alone, so that threads do not change the bits.
const bandRows = 32

// Packed is one large square ferromagnet (J = 1, periodic, no field) with a bit a spin, 64 to a word: Metropolis by checkerboard, with
// random numbers of its own for every spin. Of a row, each colour's spins are packed by themselves, so that an update reads and writes
// whole words (Zorn, Herrmann, Rebbi 1981; Block, Virnau, Preis 2010).
type Packed struct {
	size        int
	temperature float64
	words       int // of a colour's row: size/128
	spins       [2][]uint64
	chance      uint32 // exp(-4/T), as a fraction of 2^32
	random      []*kernel.RandomBits
	need, zero  [][]uint64 // work space of each band
	n           int
	from, every int // sweeps before the first measurement, and from one to the next
	tally       *Tally
}

// NewPacked returns a lattice of random spins. The side is a multiple of 128, so that the rows of a colour fill whole words.
func NewPacked(size int, temperature float64, seed uint64) (*Packed, error) {
	const unit = 128
	if size < unit || size%unit != 0 || size > 1<<17 {
		return nil, fmt.Errorf("spin: a packed lattice of side %d, want a multiple of %d: use an Ensemble for others", size, unit)
	}
	if err := checkTemperature(temperature); err != nil {
		return nil, err
	}
	p := &Packed{every: 1, size: size, temperature: temperature, words: size / 128, chance: kernel.Chance(math.Exp(-4 / temperature)), tally: NewTally(observed...)}
	stream := rng.New(seed, "spin.packed")
	for c := range p.spins {
		p.spins[c] = make([]uint64, size*p.words)
		for i := range p.spins[c] {
			p.spins[c][i] = stream.Uint64()
		}
	}
	for band := range (size + bandRows - 1) / bandRows {
		p.random = append(p.random, kernel.NewRandomBits(stream.Split(uint64(band)).Uint64))
		p.need, p.zero = append(p.need, make([]uint64, bandRows*p.words)), append(p.zero, make([]uint64, bandRows*p.words))
	}
	return p, nil
}

// Measure says how many sweeps to leave out at the beginning, and after how many to measure from then on; 0 and 1 at first.
func (p *Packed) Measure(from, every int) { p.from, p.every = max(0, from), max(1, every) }

// Sweep attempts to flip every spin n times, and measures. It stops early when the context is cancelled.
func (p *Packed) Sweep(ctx context.Context, n int) error {
	for range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.Update()
		if p.n > p.from && p.n%p.every == 0 {
			e, m := p.Energy(), p.Magnetization()
			p.tally.Add(e, e*e, m, math.Abs(m), m*m, m*m*m*m, 0, 0, 0, 0)
		}
	}
	return nil
}

// Update attempts to flip every spin once, one colour after the other.
func (p *Packed) Update() {
	for colour := range 2 {
		kernel.Parallel(p.size, bandRows, func(band, lo, hi int) { p.updateBand(colour, band, lo, hi) })
	}
	p.n++
}

// updateBand updates the spins of a colour in rows lo to hi. The chance to flip is 1 where at least two of four neighbours differ,
// exp(-4/T) where one does, and its square where none does: two independent bits of the first chance.
func (p *Packed) updateBand(colour, band, lo, hi int) {
	need, zero := p.need[band][:(hi-lo)*p.words], p.zero[band][:(hi-lo)*p.words]
	for y := lo; y < hi; y++ {
		at := (y - lo) * p.words
		p.neighbours(colour, y, need[at:at+p.words], zero[at:at+p.words])
	}
	own := p.spins[colour][lo*p.words : hi*p.words]
	// need: fewer than two neighbours differ; zero: none does.
	for i, w := range need {
		own[i] ^= ^w // at least two: always
	}
	r := p.random[band]
	r.Bernoulli(need, need, p.chance)
	for i, z := range zero {
		own[i] ^= need[i] &^ z
		zero[i] = z & need[i]
	}
	r.Bernoulli(zero, zero, p.chance)
	for i, w := range zero {
		own[i] ^= w
	}
}

// neighbours finds, for the spins of a colour in a row, where fewer than two neighbours differ, and where none does.
func (p *Packed) neighbours(colour, y int, need, zero []uint64) {
	w, other := p.words, p.spins[1-colour]
	row := func(y int) []uint64 { y = (y + p.size) % p.size; return other[y*w : (y+1)*w : (y+1)*w] }
	own := p.spins[colour][y*w : (y+1)*w]
	up, down, beside := row(y-1), row(y+1), row(y)
	need, zero = need[:len(own)], zero[:len(own)]
	up, down, beside = up[:len(own)], down[:len(own)], beside[:len(own)]
	// A colour's word k holds the spins x = 2(64k + b) + parity; its other neighbour is one place left or right.
	left := (y+colour)%2 == 0
	carry := beside[len(own)-1]
	for k, s := range own {
		b := beside[k]
		var c uint64
		if left {
			c = b<<1 | carry>>63
			carry = b
		} else {
			next := beside[0]
			if k+1 < len(beside) {
				next = beside[k+1]
			}
			c = b>>1 | next<<63
		}
		d1, d2, d3, d4 := s^up[k], s^down[k], s^b, s^c
		x, y := d1^d2, d3^d4
		two := d1&d2 | d3&d4 | x&y
		need[k], zero[k] = ^two, ^(two | x | y)
	}
}

// Energy is the energy per spin: -2 + the number of unequal pairs of neighbours twice over N.
func (p *Packed) Energy() float64 {
	unequal := make([]int, len(p.random))
	kernel.Parallel(p.size, bandRows, func(band, lo, hi int) {
		w, sum := p.words, 0
		for y := lo; y < hi; y++ {
			for colour := range 2 {
				own := p.spins[colour][y*w : (y+1)*w]
				below := p.spins[1-colour][(y+1)%p.size*w:]
				beside := p.spins[1-colour][y*w : (y+1)*w]
				for k, s := range own {
					sum += bits.OnesCount64(s^below[k]) + bits.OnesCount64(s^p.right(beside, k, (y+colour)%2))
				}
			}
		}
		unequal[band] = sum
	})
	total := 0
	for _, u := range unequal {
		total += u
	}
	return -2 + 2*float64(total)/float64(p.size*p.size)
}

// right is the word of right-hand neighbours of word k.
func (p *Packed) right(beside []uint64, k, parity int) uint64 {
	if parity == 0 {
		return beside[k]
	}
	return beside[k]>>1 | beside[(k+1)%len(beside)]<<63
}

// Magnetization is the mean spin.
func (p *Packed) Magnetization() float64 {
	up := 0
	for c := range p.spins {
		for _, w := range p.spins[c] {
			up += bits.OnesCount64(w)
		}
	}
	n := float64(p.size) * float64(p.size)
	return (2*float64(up) - n) / n
}

// At returns the spin in column x of row y.
func (p *Packed) At(x, y int) int8 {
	colour := (x + y) % 2
	j := x / 2
	return int8(p.spins[colour][y*p.words+j/64]>>(j%64)&1)*2 - 1
}

// Metrics are those of the state as it is now.
func (p *Packed) Metrics() map[string]float64 {
	return map[string]float64{"energy": p.Energy(), "magnetization": math.Abs(p.Magnetization())}
}

// Observables returns the estimates at the one temperature.
func (p *Packed) Observables() []Observables {
	return []Observables{observables(p.tally, float64(p.size)*float64(p.size), p.temperature)}
}

// Close does nothing.
func (p *Packed) Close() error { return nil }

// State returns spins, generators and measurements.
func (p *Packed) State() state.State {
	s := state.State{"sweeps": p.n, "tally": p.tally.State()}
	for c := range p.spins {
		s[fmt.Sprintf("spins %d", c)] = append([]uint64{}, p.spins[c]...)
	}
	s["generators"] = generators(p.random)
	return s
}

// Restore takes what State gave on a lattice of the same size.
func (p *Packed) Restore(from state.State) error {
	for c := range p.spins {
		w, err := state.Slice[uint64](from, fmt.Sprintf("spins %d", c), len(p.spins[c]))
		if err != nil {
			return fmt.Errorf("spin: %w", err)
		}
		copy(p.spins[c], w)
	}
	if err := setGenerators(from, p.random); err != nil {
		return err
	}
	n, err := state.Get[int](from, "sweeps")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	p.n = n
	tally, err := state.Get[state.State](from, "tally")
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	return p.tally.Restore(tally)
}

func generators(all []*kernel.RandomBits) []uint64 {
	var words []uint64
	for _, r := range all {
		for i := range r.State {
			words = append(words, r.State[i][:]...)
		}
	}
	return words
}

func setGenerators(from state.State, all []*kernel.RandomBits) error {
	const each = 4 * kernel.BitLanes
	words, err := state.Slice[uint64](from, "generators", each*len(all))
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	for k, r := range all {
		for i := range r.State {
			copy(r.State[i][:], words[each*k+i*kernel.BitLanes:])
		}
	}
	return nil
}
