package catalog_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/internal/rng"
	"lenz/models"
	"lenz/models/boltzmann"
	"lenz/models/catalog"
	"lenz/optim"
	"lenz/train"
)

// family is a model that learns by gradients, small. A deep one has a source for each stage.
type family struct {
	name, model string
	settings    map[string]string
	rows        bool // it learns rows of a table, not windows of a series
}

func families() []family {
	return []family{
		{"lstm", "lstm", map[string]string{"hidden": "3"}, false},
		{"gru", "gru", map[string]string{"hidden": "3", "precision": "float64"}, false},
		{"rnn", "rnn", map[string]string{"hidden": "3", "layers": "2"}, false},
		{"modern-hopfield", "modern-hopfield", map[string]string{"hidden": "4", "heads": "2", "memories": "3", "layers": "1"}, false},
		{"crbm", "crbm", map[string]string{"hidden": "3"}, false},
		{"rbm cd", "rbm", map[string]string{"hidden": "3", "precision": "float64"}, true},
		{"rbm pcd", "rbm", map[string]string{"hidden": "3", "chains": "pcd"}, true},
		{"rbm fpcd", "rbm", map[string]string{"hidden": "3", "chains": "fpcd"}, true},
		{"rbm exact", "rbm", map[string]string{"hidden": "3", "chains": "exact"}, true},
		{"rbm gaussian", "rbm", map[string]string{"hidden": "3", "visible": "gaussian"}, true},
		{"boltzmann", "boltzmann", map[string]string{"hidden": "2", "temperatures": "4,1", "sweeps": "1", "collect": "2"}, true},
		{"boltzmann exact", "boltzmann", map[string]string{"hidden": "2", "statistics": "exact"}, true},
		{"dbn", "dbn", map[string]string{"layers": "4,3"}, true},
	}
}

// sources builds the family's model.
func (f family) sources(t testing.TB, l datasets.Layout) []train.Source {
	t.Helper()
	e, err := catalog.Lookup(f.model)
	if err != nil {
		t.Fatal(err)
	}
	if !f.rows {
		m, err := e.New(f.settings, l, 1)
		if err != nil {
			t.Fatal(err)
		}
		return []train.Source{m.(models.GradientModel)}
	}
	m, err := e.NewDensity(f.settings, l, 1)
	if err != nil {
		t.Fatal(err)
	}
	deep, ok := m.(*boltzmann.DBNModel)
	if !ok {
		return []train.Source{m.(train.Source)}
	}
	var all []train.Source
	for _, m := range deep.Machines() {
		all = append(all, m)
	}
	return all
}

// table is 48 rows of five values, in batches of 16.
func table(t testing.TB) *datasets.Table {
	t.Helper()
	s := rng.New(1, "table")
	v := make([]float32, 48*5)
	for i := range v {
		v[i] = float32(s.Uint64() & 1)
	}
	tab, err := datasets.NewTable(datasets.Table{Name: "bits", Rows: 48, Columns: []string{"a", "b", "c", "d", "e"}, Values: v})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// data gives the batches in order: windows of a sine, or rows.
func (f family) data(t testing.TB) (datasets.Source, datasets.Layout) {
	t.Helper()
	if f.rows {
		s, err := table(t).Source(datasets.SourceOptions{Batch: 16})
		if err != nil {
			t.Fatal(err)
		}
		return s, s.Layout()
	}
	y := make([]float64, 86)
	for i := range y {
		y[i] = math.Sin(float64(i))
	}
	s, err := datasets.NewSeries("sine", []string{"y"}, [][]float64{y})
	if err != nil {
		t.Fatal(err)
	}
	w := windowsOf(t, s, datasets.WindowSpec{Input: 6, Horizon: 3, Batch: 16})
	src, err := w.Source(datasets.Train, datasets.SourceOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return src, w.Layout()
}

// a plant is a bad number in a tensor of a stage at a step of it, once.
type plant struct {
	kind, name string // such as weight and rnn.weight_ih_l0
	stage      int
	value      float64
	done       bool
}

// plantAt is the step before which it is planted: in the second epoch.
const plantAt = 5

// planted is a source with a plant.
type planted struct {
	train.Source
	p *plant
}

// plantedState is one that carries a state.
type plantedState struct {
	planted
	train.Stateful
}

func plantIn(s train.Source, p *plant) train.Source {
	if carries, ok := s.(train.Stateful); ok {
		return plantedState{planted{s, p}, carries}
	}
	return planted{s, p}
}

func (s planted) Gradient(ctx context.Context, b datasets.Batch, step uint64) (float64, error) {
	if step != plantAt || s.p.done {
		return s.Source.Gradient(ctx, b, step)
	}
	switch s.p.kind {
	case "weight":
		s.p.done = true
		s.p.put(s.Params(), false)
	case "X", "Y":
		s.p.done = true
		values := b.X.Data // of this batch alone: the next one is filled anew
		if s.p.kind == "Y" {
			values = b.Y.Data
		}
		values[len(values)/2] = s.p.value
	}
	loss, err := s.Source.Gradient(ctx, b, step)
	switch s.p.kind {
	case "gradient":
		s.p.done = true
		s.p.put(s.Params(), true)
	case "loss":
		s.p.done = true
		loss = s.p.value
	}
	return loss, err
}

// put writes the value into the middle of a parameter or of its gradient.
func (p *plant) put(params *graph.Params, grads bool) {
	at := 0
	for _, q := range params.All() {
		if i := at + q.Size()/2; q.Name() == p.name {
			switch {
			case params.Dtype() == graph.Float32 && grads:
				graph.Grads[float32](params)[i] = float32(p.value)
			case params.Dtype() == graph.Float32:
				graph.Values[float32](params)[i] = float32(p.value)
			case grads:
				graph.Grads[float64](params)[i] = p.value
			default:
				graph.Values[float64](params)[i] = p.value
			}
		}
		at += q.Size()
	}
}

// slicesOf lists the paths of the slices of numbers in a state.
func slicesOf(s train.State, path string, found []string) []string {
	for key, v := range s {
		switch v := v.(type) {
		case train.State:
			found = slicesOf(v, path+key+"/", found)
		case []float32:
			if len(v) > 0 {
				found = append(found, path+key)
			}
		case []float64:
			if len(v) > 0 {
				found = append(found, path+key)
			}
		}
	}
	slices.Sort(found)
	return found
}

// spoil writes a value into the middle of a slice of a state.
func spoil(s train.State, path string, value float64) {
	key, rest, deeper := strings.Cut(path, "/")
	switch v := s[key].(type) {
	case train.State:
		if deeper {
			spoil(v, rest, value)
		}
	case []float32:
		v[len(v)/2] = float32(value)
	case []float64:
		v[len(v)/2] = value
	}
}

// learners are those of the family's stages.
func (f family) learners(t testing.TB, l datasets.Layout, p *plant) (all []*train.GradientLearner, whole train.Learner) {
	t.Helper()
	var stages []train.Stage
	for i, s := range f.sources(t, l) {
		if i == p.stage {
			s = plantIn(s, p)
		}
		adam, err := optim.DefaultAdam().New()
		if err != nil {
			t.Fatal(err)
		}
		learner := train.Gradient(s, adam)
		all = append(all, learner)
		stage := train.Stage{Name: fmt.Sprintf("machine %d", i+1), Epochs: 3, Learner: learner}
		if i > 0 { // what it sees does not matter here, so long as it is probabilities
			stage.Transform = func(_ context.Context, b datasets.Batch) (datasets.Batch, error) {
				x := datasets.NewArray(1, b.B, 4)
				for k := range x.Data {
					x.Data[k] = 0.5
				}
				b.X = x
				return b, nil
			}
		}
		stages = append(stages, stage)
	}
	if len(all) == 1 {
		return all, all[0]
	}
	whole, err := train.Stages(stages...)
	if err != nil {
		t.Fatal(err)
	}
	return all, whole
}

// plants are those of a family: every tensor that a step sees.
func (f family) plants(t testing.TB) []plant {
	t.Helper()
	src, l := f.data(t)
	all, whole := f.learners(t, l, &plant{stage: -1})
	defer whole.Close()
	var plants []plant
	add := func(kind, name string, stage int) {
		plants = append(plants, plant{kind: kind, name: name, stage: stage})
	}
	add("X", "", 0)
	if !f.rows {
		add("Y", "", 0)
	}
	if _, err := train.Fit(t.Context(), whole, train.Data{Train: src}, train.Epochs(3*len(all))); err != nil {
		t.Fatal(err)
	}
	for stage, s := range f.sources(t, l) {
		add("loss", "", stage)
		for _, q := range s.Params().All() {
			add("weight", q.Name(), stage)
			add("gradient", q.Name(), stage)
		}
		for _, part := range []string{"optimizer", "source"} {
			if of, ok := all[stage].State()[part].(train.State); ok {
				for _, path := range slicesOf(of, part+"/", nil) {
					add("state", path, stage)
				}
			}
		}
	}
	return plants
}

// A bad number in any tensor of a model that learns by gradients ends the run before anything more is saved; the error says which step
// and which tensor; a run that may go back does so, and ends well.
func TestBlowUpIsNamedInEveryFamily(t *testing.T) {
	values := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	all := os.Getenv("LENZ_TORTURE") != ""
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			cases, backs := 0, map[string]bool{}
			for i, p := range f.plants(t) {
				for k, v := range values {
					if !all && (i+k)%len(values) != 0 {
						continue
					}
					p.value = v
					what := fmt.Sprintf("%v in %s %s of stage %d", p.value, p.kind, p.name, p.stage+1)
					f.stops(t, what, p)
					if key := fmt.Sprint(p.kind, p.stage); all || !backs[key] {
						backs[key] = true
						f.goesBack(t, what, p)
					}
					cases++
				}
			}
			t.Logf("%d cases", cases)
		})
	}
}

// planting is a run with a plant.
type planting struct {
	plant
	first int // the steps of the stages before
	data  datasets.Source
	whole train.Learner
	watch train.Observer // plants what stands in a state
	all   int            // stages
}

func (f family) planting(t *testing.T, p plant) *planting {
	t.Helper()
	src, l := f.data(t)
	r := &planting{plant: p, data: src, first: 3 * src.Len() * p.stage}
	all, whole := f.learners(t, l, &r.plant)
	t.Cleanup(func() { _ = whole.Close() })
	r.whole, r.all = whole, len(all)
	r.watch = train.ObserverFunc(func(e train.Event) error {
		if p.kind != "state" || r.done || e.Kind != train.Step || e.Step != r.first+plantAt {
			return nil
		}
		r.done = true
		part, path, _ := strings.Cut(p.name, "/")
		s := all[p.stage].State()
		spoil(s[part].(train.State), path, p.value)
		return all[p.stage].Restore(s)
	})
	return r
}

// refuses tells whether a model looks at its rows itself, and takes none that is not finite.
func (f family) refuses(p plant) bool {
	return p.kind == "X" && f.rows || p.kind == "Y" && f.model == "crbm"
}

// stops plants, and holds what is said and what was kept last against what must be.
func (f family) stops(t *testing.T, what string, p plant) {
	t.Helper()
	x := f.planting(t, p)
	var kept train.State
	saved := -1
	keep := train.ObserverFunc(func(e train.Event) (err error) {
		if e.Kind == train.Save {
			var s train.State
			if s, err = e.Snapshot(); err == nil {
				saved, kept = e.Step, s["learner"].(train.State)
			}
		}
		return err
	})
	r, err := train.Fit(t.Context(), x.whole, train.Data{Train: x.data}, train.Epochs(3*x.all), train.Watch(x.watch, keep))
	status := train.Diverged
	if f.refuses(p) {
		status = train.Failed
	}
	if r.Status != status || err == nil {
		t.Errorf("%s: %+v, %v", what, r, err)
		return
	}
	f.names(t, what, x, err.Error())
	if path, bad := badSlice(kept, ""); bad || saved > x.first+plantAt {
		t.Errorf("%s: the last checkpoint is of step %d; bad numbers: %q", what, saved, path)
	}
}

// goesBack plants once in a run that may go back.
func (f family) goesBack(t *testing.T, what string, p plant) {
	t.Helper()
	x := f.planting(t, p)
	said := ""
	back := &train.Rollback{Dir: filepath.Join(t.TempDir(), "checkpoints"), Tries: 1, Factor: 0.5, Say: func(s string, a ...any) {
		said += fmt.Sprintf(s, a...) + "\n"
	}}
	r, err := train.FitRollback(t.Context(), x.whole, train.Data{Train: x.data}, back, train.Epochs(3*x.all), train.Watch(x.watch, train.NewCheckpoints(back.Dir)))
	if f.refuses(p) {
		if r.Status != train.Failed {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
		return
	}
	if err != nil || r.Status != train.Completed || !strings.Contains(said, "the run goes back to step") {
		t.Errorf("%s: after going back: %+v, %v", what, r, err)
		return
	}
	f.names(t, what, x, said)
	c, notes, err := train.Latest(back.Dir)
	if err != nil || len(notes) > 0 {
		t.Errorf("%s: the last checkpoint: %v, %q", what, err, notes)
	} else if path, bad := badSlice(c.State["learner"].(train.State), ""); bad {
		t.Errorf("%s: the checkpoint of step %d holds a bad number in %s", what, c.Step, path)
	}
}

// names makes sure that what is said names the step, the tensor and the value.
func (f family) names(t *testing.T, what string, x *planting, said string) {
	t.Helper()
	want := []string{fmt.Sprintf("step %d, ", x.first+plantAt+1), x.name, fmt.Sprint(x.value)}
	switch {
	case f.refuses(x.plant):
		want[1] = "row "
	case x.kind == "X", x.kind == "Y":
		want[1] = "in the batch "
	case x.kind == "state" && strings.Contains(said, "before it was saved, the state"): // found when the next one was to be kept
		want[0] = "step "
	case x.kind == "state": // found in what the next step made of it
		want[1], want[2] = strings.Split(x.name, "/")[2], " is "
	}
	for _, part := range want {
		if !strings.Contains(said, part) {
			t.Errorf("%s: it says %q, want %q", what, said, part)
		}
	}
}

func badSlice(s train.State, path string) (string, bool) {
	for key, v := range s {
		switch v := v.(type) {
		case train.State:
			if at, bad := badSlice(v, path+key+"/"); bad {
				return at, true
			}
		case []float32:
			if slices.ContainsFunc(v, func(x float32) bool { return x-x != 0 }) {
				return path + key, true
			}
		case []float64:
			if slices.ContainsFunc(v, func(x float64) bool { return x-x != 0 }) {
				return path + key, true
			}
		}
	}
	return "", false
}
