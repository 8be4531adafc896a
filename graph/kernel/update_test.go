package kernel

import (
	"slices"
	"testing"
)

// updateCase is an update on four slots at most, at the factors of step t.
type updateCase[T Float] struct {
	name  string
	apply func(t int, x, g []T, s [3][]T)
}

func updateCases[T Float]() []updateCase[T] {
	adam := func(t int) AdamUpdate[T] { return AdamUpdate[T]{0.9, 0.1, 0.999, 0.001, 0.99, 0.01 / T(t+1), 3, 1e-8} }
	return []updateCase[T]{
		{"sgd", func(_ int, x, g []T, _ [3][]T) { SGDUpdate[T]{0.1}.Apply(x, g) }},
		{"momentum", func(_ int, x, g []T, s [3][]T) { MomentumUpdate[T]{0.9, 0.1}.Apply(x, g, s[0]) }},
		{"nesterov", func(_ int, x, g []T, s [3][]T) { NesterovUpdate[T]{0.9, 0.1}.Apply(x, g, s[0]) }},
		{"adagrad", func(_ int, x, g []T, s [3][]T) { AdaGradUpdate[T]{0.1, 1e-10}.Apply(x, g, s[0]) }},
		{"adadelta", func(_ int, x, g []T, s [3][]T) { AdaDeltaUpdate[T]{0.95, 0.05, 1e-6, 1}.Apply(x, g, s[0], s[1]) }},
		{"rmsprop", func(_ int, x, g []T, s [3][]T) { RMSPropUpdate[T]{0.9, 0.1, 1e-8, 0, 0.01}.Apply(x, g, s[0], nil, nil) }},
		{"rmsprop with momentum", func(_ int, x, g []T, s [3][]T) {
			RMSPropUpdate[T]{0.9, 0.1, 1e-8, 0.8, 0.01}.Apply(x, g, s[0], nil, s[1])
		}},
		{"rmsprop centred", func(_ int, x, g []T, s [3][]T) {
			RMSPropUpdate[T]{0.9, 0.1, 1e-8, 0, 0.01}.Apply(x, g, s[0], s[1], nil)
		}},
		{"rmsprop centred with momentum", func(_ int, x, g []T, s [3][]T) {
			RMSPropUpdate[T]{0.9, 0.1, 1e-8, 0.8, 0.01}.Apply(x, g, s[0], s[1], s[2])
		}},
		{"adam", func(t int, x, g []T, s [3][]T) { adam(t).Apply(x, g, s[0], s[1]) }},
		{"amsgrad", func(t int, x, g []T, s [3][]T) { AMSGradUpdate[T]{adam(t)}.Apply(x, g, s[0], s[1], s[2]) }},
		{"adamax", func(t int, x, g []T, s [3][]T) {
			AdaMaxUpdate[T]{0.9, 0.1, 0.999, 0.01 / T(t+1), 1e-8}.Apply(x, g, s[0], s[1])
		}},
		{"nadam", func(t int, x, g []T, s [3][]T) { NAdamUpdate[T]{adam(t), 0.02}.Apply(x, g, s[0], s[1]) }},
		{"adabelief", func(t int, x, g []T, s [3][]T) { AdaBeliefUpdate[T]{adam(t), 1e-16}.Apply(x, g, s[0], s[1]) }},
		{"lion", func(_ int, x, g []T, s [3][]T) { LionUpdate[T]{0.9, 0.1, 0.99, 0.01, 0.999, 0.01}.Apply(x, g, s[0]) }},
		{"schedulefree", func(t int, x, g []T, s [3][]T) {
			ScheduleFreeUpdate[T]{0.999, 0.001, 3, 1e-8, 0.1, 1 / T(t+1), 0.01, -0.002}.Apply(x, g, s[0], s[1])
		}},
		{"rprop", func(_ int, x, g []T, s [3][]T) {
			for i := range s[1] {
				if s[1][i] == 0 {
					s[1][i] = 1
				}
			}
			RpropUpdate[T]{0.01, 0.5, 1.2, 0.3, 1.3}.Apply(x, g, s[0], s[1])
		}},
		{"lamb", func(t int, x, g []T, s [3][]T) {
			LAMBUpdate[T]{0.9, 0.1, 0.999, 0.001, 0.1, 1 / T(t+1), 3, 1e-6}.Apply(x, g, s[0], s[1], s[2])
			SGDUpdate[T]{0.01}.Apply(x, s[2])
		}},
		{"prodigy", func(_ int, x, g []T, s [3][]T) {
			ProdigyUpdate[T]{0.9, 0.1, 0.999, 0.001, 0.99, 0.5}.Apply(g, s[0], s[1], s[2])
			SGDUpdate[T]{0.01}.Apply(x, s[2])
		}},
		{"scaled", func(_ int, x, g []T, s [3][]T) {
			for i, g := range g {
				s[1][i] = g * g
			}
			ScaledUpdate[T]{0.99, 0.01, 3, 1e-8}.Apply(x, g, s[1])
		}},
	}
}

// The assembly of each width has the bits of the loop in Go, on whole vectors and on rests, and touches nothing beyond them.
func TestUpdatesHaveTheBitsOfTheLoop(t *testing.T) {
	t.Run("float32", updatesHaveTheBitsOfTheLoop[float32])
	t.Run("float64", updatesHaveTheBitsOfTheLoop[float64])
}

func updatesHaveTheBitsOfTheLoop[T Float](t *testing.T) {
	for _, c := range updateCases[T]() {
		for _, n := range []int{0, 1, 3, 7, 8, 16, 33, 100} {
			results := [][]T{}
			onEach(t, func(t *testing.T) {
				r := newRand(14)
				const beyond = 16
				x := randomSlice[T](r, n+beyond)
				s := [3][]T{make([]T, n+beyond), make([]T, n+beyond), make([]T, n+beyond)}
				end := slices.Clone(x[n:])
				for step := range 5 {
					g := randomSlice[T](r, n)
					for i := range g {
						if i%5 == 4 {
							g[i] = 0
						}
					}
					c.apply(step, x[:n], g, [3][]T{s[0][:n], s[1][:n], s[2][:n]})
				}
				if !slices.Equal(x[n:], end) || slices.Max(s[0][n:]) != 0 {
					t.Errorf("%s, n=%d: it wrote beyond the end", c.name, n)
				}
				results = append(results, slices.Concat(x, s[0], s[1], s[2]))
			})
			for _, got := range results {
				if !slices.Equal(got, results[0]) {
					t.Errorf("%s, n=%d: assembly has other bits than the loop", c.name, n)
				}
			}
			if n > 1 && slices.Equal(results[0][:n], randomSlice[T](newRand(14), n)) {
				t.Errorf("%s, n=%d: five updates moved nothing", c.name, n)
			}
		}
	}
}

// A slice of another length is a mistake of the caller.
func TestUpdatesRefuseOtherLengths(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a state shorter than the gradient was taken")
		}
	}()
	AdamUpdate[float32]{}.Apply(make([]float32, 3), make([]float32, 3), make([]float32, 2), make([]float32, 3))
}
