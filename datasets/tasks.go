package datasets

import "lenz/internal/rng"

// parts makes the three sets of a task from the function that makes one sequence of random numbers.
func parts(info Info, v values, set Sequences, one func(r *rng.Stream) Sequence) *Data {
	set.Name = info.Name
	build := func(part string) *Sequences {
		s := set
		s.Count = v.whole(part)
		stream := v.stream(info.Name + "." + part)
		fresh := part == "train" && v["fresh"] != 0
		s.Item = func(epoch uint64, i int) Sequence {
			if !fresh {
				epoch = 0
			}
			return one(stream.Split(epoch).Split(uint64(i)))
		}
		return &s
	}
	return &Data{Info: info, Train: build("train"), Valid: build("valid"), Test: build("test")}
}

// openAdding makes the adding problem: step t is a number and a marker, the label is the sum of the two marked numbers.
func openAdding(info Info, v values) (*Data, error) {
	steps := v.whole("T")
	set := Sequences{Inputs: []string{"value", "marker"}, Targets: []string{"sum"}, Longest: steps}
	return parts(info, v, set, func(r *rng.Stream) Sequence {
		x := make([]float64, 2*steps)
		for t := range steps {
			x[2*t] = r.Float64At(uint64(t))
		}
		first := int(r.Float64At(uint64(steps)) * float64(steps/2))
		second := steps/2 + int(r.Float64At(uint64(steps+1))*float64(steps-steps/2))
		x[2*first+1], x[2*second+1] = 1, 1
		return Sequence{X: x, Y: []float64{x[2*first] + x[2*second]}}
	}), nil
}

// The alphabet of copy memory: eight symbols to remember, a blank, and the mark after which they are to be recalled.
const (
	copySymbols = 8
	copyBlank   = 8
	copyMark    = 9
	copyRecall  = 10 // symbols in a sequence
)

// openCopy makes copy memory. Input: ten symbols, T-1 blanks, the mark, ten blanks, one-hot. Labels: T+10 blanks, the ten symbols.
func openCopy(info Info, v values) (*Data, error) {
	blanks := v.whole("T")
	steps := blanks + 2*copyRecall
	set := Sequences{
		Inputs:  []string{"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "blank", "mark"},
		Targets: []string{"symbol"}, PerStep: true, Classes: 10, Longest: steps,
	}
	return parts(info, v, set, func(r *rng.Stream) Sequence {
		s := Sequence{X: make([]float64, steps*len(set.Inputs)), Y: make([]float64, steps)}
		for t := range steps {
			symbol := copyBlank
			if t < copyRecall {
				symbol = int(r.Float64At(uint64(t)) * copySymbols)
				s.Y[steps-copyRecall+t] = float64(symbol)
			} else if t == copyRecall+blanks-1 {
				symbol = copyMark
			}
			if t < steps-copyRecall {
				s.Y[t] = copyBlank
			}
			s.X[t*len(set.Inputs)+symbol] = 1
		}
		return s
	}), nil
}
