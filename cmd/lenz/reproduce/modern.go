package reproduce

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"lenz/graph"
	"lenz/internal/rng"
	"lenz/models"
	"lenz/models/attention"
	"lenz/train/report"
)

func modernCapacity() Experiment {
	return Experiment{
		Name: "modern-hopfield-capacity", Title: "A modern Hopfield network stores exponentially many patterns in its dimension",
		Source: "Ramsauer et al. 2021, theorem 3: N >= sqrt(p) c^((d-1)/4) patterns, c = 3.1546 for beta = 1, K = 3, d = 20, p = 0.001", Run: runModernCapacity,
	}
}

// The theorem's example: random patterns on a sphere of radius K sqrt(d-1).
const (
	sphereK      = 3.0
	sphereBeta   = 1.0
	theoremD     = 20
	theoremP     = 0.001
	theoremC     = 3.1546
	retrievalEnd = 0.1 // a pattern is retrieved if the fixed point lies within this share of the radius
)

// runModernCapacity draws sets of as many patterns as the theorem guarantees, and counts those of which every pattern is retrieved; then it
// looks how many can be stored in truth, by dimension.
func runModernCapacity(ctx context.Context, o Options) (*Result, error) {
	sets, dims := 20000, []int{4, 6, 8, 10, 12}
	counts := []int{10, 30, 100, 300, 1000, 3000, 10000, 30000}
	if o.Quick {
		sets, counts = 6000, counts[:6]
	}
	n := int(math.Sqrt(theoremP) * math.Pow(theoremC, (theoremD-1)/4.0))
	good := make([]float64, sets)
	err := parallel(ctx, sets, func(i int) error {
		share, err := storedShare(n, n, theoremD, rng.New(o.Seed, "theorem").Split(uint64(i)))
		if share == 1 {
			good[i] = 1
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	stored := 0.0
	for _, g := range good {
		stored += g / float64(sets)
	}
	r := &Result{
		Checks: []Check{{What: fmt.Sprintf("share of sets of %d patterns in d = %d that are all retrieved", n, theoremD), Reference: 1, Source: "Ramsauer et al. 2021, theorem 3: at least 1 - 0.001", Value: stored, Error: shareError(stored, sets), Tolerance: theoremP}},
		Rows:   []string{fmt.Sprintf("%4s %10s %12s %22s", "d", "patterns", "retrieved", "classical 0.138 d")},
	}
	panel := report.Panel{X: report.Axis{Name: "patterns stored", Log: true}, Y: report.Axis{Name: "share retrieved", Zero: true}}
	found := make([]float64, len(dims))
	for k, d := range dims {
		line := report.Line{Name: fmt.Sprintf("d = %d", d), Color: report.Color(1 + k), Dots: true}
		for _, count := range counts {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			share, err := storedShare(count, min(count, 300), d, rng.New(o.Seed, "growth").Split(uint64(d*1000003+count)))
			if err != nil {
				return nil, err
			}
			line.X, line.Y = append(line.X, float64(count)), append(line.Y, share)
			if share == 1 {
				found[k] = float64(count)
			}
			r.Rows = append(r.Rows, fmt.Sprintf("%4d %10d %12.3f %22.1f", d, count, share, 0.138*float64(d)))
		}
		panel.Lines = append(panel.Lines, line)
		o.Say("d = %d: %.3f of %d patterns are retrieved", d, line.Y[len(line.Y)-1], counts[len(counts)-1])
	}
	r.Figures = []report.Figure{{
		Name: "capacity", Title: "Patterns that a modern Hopfield network retrieves", Panels: []report.Panel{panel, growthPanel(dims, found, n)},
		Caption: "Each further dimension multiplies the number of random patterns that are stored; a classical network stores 0.138 a dimension. What is found below is as far as was looked.",
	}}
	return r, nil
}

// storedShare stores n random patterns on the sphere and returns the share of the first try that their own updates hold in place.
func storedShare(n, try, d int, s *rng.Stream) (float64, error) {
	r := rand.New(s)
	radius := sphereK * math.Sqrt(float64(d-1))
	patterns := make([]float64, n*d)
	for i := range n {
		row, sum := patterns[i*d:(i+1)*d], 0.0
		for j := range row {
			row[j] = r.NormFloat64()
			sum += row[j] * row[j]
		}
		for j := range row {
			row[j] *= radius / math.Sqrt(sum)
		}
	}
	m, err := attention.NewMemory(patterns, d, sphereBeta)
	if err != nil {
		return 0, err
	}
	kept := 0
	for i := range try {
		end, err := m.Retrieve(m.Pattern(i), 1e-6, 50)
		if err != nil {
			return 0, err
		}
		sum := 0.0
		for j, v := range end.State {
			sum += (v - m.Pattern(i)[j]) * (v - m.Pattern(i)[j])
		}
		if math.Sqrt(sum) < retrievalEnd*radius {
			kept++
		}
	}
	return float64(kept) / float64(try), nil
}

func modernAttention() Experiment {
	return Experiment{
		Name: "modern-hopfield-attention", Title: "One update of a modern Hopfield network is softmax attention; its fixed points by beta",
		Source: "Ramsauer et al. 2021, equations 3 and 10, theorem 1, section 2", Run: runModernAttention,
	}
}

// runModernAttention compares the memory's update with the graph's attention in both precisions, watches the energy, and counts how many
// patterns a fixed point holds as beta grows.
func runModernAttention(ctx context.Context, o Options) (*Result, error) {
	trials := 400
	if o.Quick {
		trials = 100
	}
	var diff32, diff64, rise float64
	for i := range trials {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a, b, c, err := compareUpdates(rand.New(rng.New(o.Seed, "identity").Split(uint64(i))))
		if err != nil {
			return nil, err
		}
		diff32, diff64, rise = max(diff32, a), max(diff64, b), max(rise, c)
	}
	figure, err := fixedPoints(o.Seed)
	if err != nil {
		return nil, err
	}
	return &Result{
		Checks: []Check{
			{What: "largest difference of update and attention over the largest number, float64", Source: "equation 10", Value: diff64, Tolerance: 1e-12},
			{What: "largest difference of update and attention over the largest number, float32", Source: "equation 10", Value: diff32, Tolerance: 1e-6},
			{What: "largest rise of the energy in an update", Source: "theorem 1", Value: rise, Tolerance: 1e-10},
		},
		Figures: []report.Figure{figure},
	}, nil
}

// compareUpdates draws patterns and a state. It returns the largest differences of the memory's update and the graph's attention in each precision, over
// the largest number of the patterns, and the largest rise of the energy on the way to a fixed point.
func compareUpdates(s *rand.Rand) (diff32, diff64, rise float64, err error) {
	n, d := 2+s.IntN(60), 1+s.IntN(30)
	beta := math.Exp(s.NormFloat64()/2) / math.Sqrt(float64(d))
	patterns, state := normals(s, n*d), normals(s, d)
	m, err := attention.NewMemory(patterns, d, beta)
	if err != nil {
		return 0, 0, 0, err
	}
	want, err := m.Update(state)
	if err != nil {
		return 0, 0, 0, err
	}
	most := 0.0 // rounding is in proportion to the numbers
	for _, v := range patterns {
		most = max(most, math.Abs(v))
	}
	for single, diff := range map[bool]*float64{true: &diff32, false: &diff64} {
		got, err := attend(patterns, state, beta, single)
		if err != nil {
			return 0, 0, 0, err
		}
		for j := range want {
			*diff = max(*diff, math.Abs(got[j]-want[j])/most)
		}
	}
	course, err := m.Retrieve(state, 1e-12, 100)
	if err != nil {
		return 0, 0, 0, err
	}
	trace := models.EnergyTrace(m, course.Course)
	for k := 1; k < len(trace); k++ {
		rise = max(rise, trace[k]-trace[k-1])
	}
	return diff32, diff64, rise, nil
}

func normals(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// attend runs the graph's attention op with patterns as keys and values.
func attend(patterns, state []float64, beta float64, single bool) ([]float64, error) {
	p := graph.NewParams(graph.Float64, 1)
	if single {
		p = graph.NewParams(graph.Float32, 1)
	}
	d := len(state)
	b := graph.NewBuilder(p)
	k := b.Input("k", len(patterns)/d, 1, d)
	out := b.Attention(b.Input("q", 1, 1, d), k, k, graph.AttentionOptions{Heads: 1, Scale: beta})
	prog, err := b.Compile(nil, graph.Output{Name: "y", Node: out})
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	for name, v := range map[string][]float64{"k": patterns, "q": state} {
		if err := prog.Set(name, v); err != nil {
			return nil, err
		}
	}
	if err := prog.Run(); err != nil {
		return nil, err
	}
	y, _, err := prog.Output("y")
	return y, err
}

// fixedPoints stores four clusters of eight patterns and draws how many patterns a fixed point mixes, e^entropy of its weights, by beta.
func fixedPoints(seed uint64) (report.Figure, error) {
	const clusters, each, d = 4, 8, 16
	r := rand.New(rng.New(seed, "clusters"))
	var patterns []float64
	for range clusters {
		center := normals(r, d)
		for range each {
			row, sum := make([]float64, d), 0.0
			for j := range row {
				row[j] = center[j] + 0.45*r.NormFloat64()
				sum += row[j] * row[j]
			}
			for j := range row {
				row[j] /= math.Sqrt(sum)
			}
			patterns = append(patterns, row...)
		}
	}
	mixed := report.Line{Name: "patterns in a fixed point", Color: report.Blue, Dots: true}
	for k := range 60 {
		beta := math.Exp(math.Log(0.1) + float64(k)/59*math.Log(2000))
		m, err := attention.NewMemory(patterns, d, beta)
		if err != nil {
			return report.Figure{}, err
		}
		sum := 0.0
		for i := range clusters * each {
			end, err := m.Retrieve(m.Pattern(i), 1e-9, 1000)
			if err != nil {
				return report.Figure{}, err
			}
			entropy := 0.0
			for _, w := range end.Weights {
				if w > 0 {
					entropy -= w * math.Log(w)
				}
			}
			sum += math.Exp(entropy) / (clusters * each)
		}
		mixed.X, mixed.Y = append(mixed.X, beta), append(mixed.Y, sum)
	}
	return report.Figure{
		Name: "fixedpoints", Title: "Fixed points by inverse temperature",
		Caption: fmt.Sprintf("%d clusters of %d patterns: low beta mixes all %d, middle beta a cluster (metastable states), high beta retrieves single patterns.", clusters, each, clusters*each),
		Panels: []report.Panel{{X: report.Axis{Name: "beta", Log: true}, Y: report.Axis{Name: "patterns in a fixed point (mean)", Log: true},
			Lines: append(levels([]string{"all", "a cluster", "one"}, []float64{clusters * each, each, 1}, mixed.X[0], mixed.X[len(mixed.X)-1]), mixed)}},
	}, nil
}
