package baseline

import (
	"context"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"lenz/datasets"
	"lenz/internal/state"
)

// autoregressive returns n rows of two related series far from zero.
func autoregressive(t *testing.T, n int) *datasets.Series {
	t.Helper()
	e, f := noise("e", n), noise("f", n)
	y, x := make([]float64, n), make([]float64, n)
	for i := range n {
		y[i], x[i] = 100, -50
		if i > 1 {
			y[i] = 100 + 1.2*(y[i-1]-100) - 0.5*(y[i-2]-100) + e[i]
			x[i] = -50 + 0.8*(y[i-1]-100) + 0.1*f[i]
		}
	}
	return series(t, []string{"y", "x"}, y, x)
}

func bits(values []float64) []uint64 {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = math.Float64bits(v)
	}
	return out
}

// accumulated gathers the training and validation part in batches of the size.
func accumulated(t *testing.T, w *datasets.Windows, c RidgeConfig, batch int) *Ridge {
	t.Helper()
	r, err := NewRidge(w.Layout(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []datasets.Part{datasets.Train, datasets.Valid} {
		source, err := w.Source(part, datasets.SourceOptions{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		for b, ok := source.Next(); ok; b, ok = source.Next() {
			if err := r.Accumulate(context.Background(), part, b); err != nil {
				t.Fatal(err)
			}
		}
	}
	return r
}

func TestRidgeFitIsTheSameBitsInAnyBatchesOnAnyCores(t *testing.T) {
	w := cut(t, autoregressive(t, 700), 500, 100, datasets.Standard, datasets.WindowSpec{Input: 24, Horizon: 10})
	c := DefaultRidge()
	c.Covariates = true
	solved := func(batch int) []uint64 {
		r := accumulated(t, w, c, batch)
		if _, err := r.Solve(context.Background()); err != nil {
			t.Fatal(err)
		}
		return bits(forecasts(t, w, r))
	}
	want := solved(7)
	if d := cmp.Diff(want, solved(300)); d != "" {
		t.Error("batches of 300 give other bits than batches of 7")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if d := cmp.Diff(want, solved(7)); d != "" {
		t.Error("one processor gives other bits than several")
	}
}

func TestRidgeResumesToTheSameBits(t *testing.T) {
	w := cut(t, autoregressive(t, 700), 500, 100, datasets.Standard, datasets.WindowSpec{Input: 12, Horizon: 3})
	whole := accumulated(t, w, DefaultRidge(), 50)
	resumed, err := NewRidge(w.Layout(), DefaultRidge())
	if err != nil {
		t.Fatal(err)
	}
	if err := resumed.Restore(whole.State()); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Ridge{whole, resumed} {
		if _, err := r.Solve(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	want := bits(forecasts(t, w, whole))
	if d := cmp.Diff(want, bits(forecasts(t, w, resumed))); d != "" {
		t.Error("sums that were saved and restored solve to other bits")
	}
	loaded, err := NewRidge(w.Layout(), DefaultRidge())
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Restore(whole.State()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, bits(forecasts(t, w, loaded))); d != "" {
		t.Error("a fit that was saved and restored forecasts other bits")
	}
	if d := cmp.Diff(whole.Fits(), loaded.Fits()); d != "" {
		t.Errorf("what was chosen changed:\n%s", d)
	}
}

func TestRidgeRestoreRefuses(t *testing.T) {
	w := cut(t, autoregressive(t, 100), 60, 20, datasets.Standard, datasets.WindowSpec{Input: 4, Horizon: 2})
	saved := fitted(t, w, DefaultRidge()).State()
	shared := DefaultRidge()
	shared.Shared = true
	for name, c := range map[string]struct {
		config RidgeConfig
		change func(s state.State)
		want   string
	}{
		"systems": {shared, func(state.State) {}, "2 systems, the settings make 1"},
		"missing": {DefaultRidge(), func(s state.State) { delete(s, "weights") }, `"weights" is missing`},
		"short":   {DefaultRidge(), func(s state.State) { s["intercept"] = []float64{1} }, "1 values, want 2"},
		"lags":    {DefaultRidge(), func(s state.State) { s["lags"] = 9 }, `"lags" is 9`},
	} {
		r, err := NewRidge(w.Layout(), c.config)
		if err != nil {
			t.Fatal(err)
		}
		damaged := state.State{}
		for k, v := range saved {
			damaged[k] = v
		}
		first := state.State{}
		for k, v := range saved["system0"].(state.State) {
			first[k] = v
		}
		c.change(first)
		damaged["system0"] = first
		if err := r.Restore(damaged); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
		if r.Fits() != nil {
			t.Errorf("%s: a failed restore left a fit", name)
		}
	}
}

// TestRidgeChoosesTheLeastValidationError fits every point of the grid by itself and finds the one that the grid search
// took: sums of products tell the same squared error as forecasts do.
func TestRidgeChoosesTheLeastValidationError(t *testing.T) {
	w := cut(t, autoregressive(t, 160), 80, 60, datasets.Standard, datasets.WindowSpec{Input: 12, Horizon: 3, Targets: []string{"y"}})
	all := fitted(t, w, DefaultRidge()).Fits()[0]
	best := math.Inf(1)
	var chosen RidgeFit
	for _, lags := range []int{12, 6} {
		for _, center := range []string{"no", "yes"} {
			for _, penalty := range DefaultRidge().Ridge {
				r := fitted(t, w, RidgeConfig{Lags: []int{lags}, Ridge: []float64{penalty}, Center: center})
				loss := squaredError(t, w, datasets.Valid, r)
				if fit := r.Fits()[0]; math.Abs(fit.Loss-loss) > 1e-9 {
					t.Fatalf("%+v, but forecasts of the validation part have %v", fit, loss)
				}
				if loss < best {
					best, chosen = loss, r.Fits()[0]
				}
			}
		}
	}
	if d := cmp.Diff(chosen, all); d != "" {
		t.Errorf("the best single fit and the choice differ:\n%s", d)
	}
}

func squaredError(t *testing.T, w *datasets.Windows, part datasets.Part, r *Ridge) float64 {
	t.Helper()
	source, err := w.Source(part, datasets.SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0.0
	for b, ok := source.Next(); ok; b, ok = source.Next() {
		p, err := r.Predict(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		for i, y := range b.Y.Data {
			sum, n = sum+(y-p.Mean.Data[i])*(y-p.Mean.Data[i]), n+1
		}
	}
	return sum / n
}

// TestRidgeCrossValidatesWithoutValidation computes GCV from its definition, with the hat matrix of centred features.
func TestRidgeCrossValidatesWithoutValidation(t *testing.T) {
	const lags, train = 3, 40
	const penalty = 0.7
	s := series(t, []string{"y"}, noise("gcv", 60))
	w := cut(t, s, train, 0, datasets.NoScaling, datasets.WindowSpec{Input: lags, Horizon: 1})
	fit := fitted(t, w, RidgeConfig{Lags: []int{lags}, Ridge: []float64{penalty}, Center: "no"}).Fits()[0]
	n := train - lags
	x, y := mat.NewDense(n, lags, nil), mat.NewVecDense(n, nil)
	for i := range n {
		y.SetVec(i, s.Values[0][i+lags])
		for l := range lags {
			x.Set(i, l, s.Values[0][i+l])
		}
	}
	// (I - 11'/n): subtract the means, which the intercept takes.
	y.AddVec(y, constant(n, -mat.Sum(y)/float64(n)))
	for l := range lags {
		mean := mat.Sum(x.ColView(l)) / float64(n)
		for i := range n {
			x.Set(i, l, x.At(i, l)-mean)
		}
	}
	var inner, inverse, hat mat.Dense
	inner.Mul(x.T(), x)
	for l := range lags {
		inner.Set(l, l, inner.At(l, l)+penalty)
	}
	if err := inverse.Inverse(&inner); err != nil {
		t.Fatal(err)
	}
	hat.Product(x, &inverse, x.T())
	var residual mat.VecDense
	residual.MulVec(&hat, y)
	residual.SubVec(y, &residual)
	left := 1 - (mat.Trace(&hat)+1)/float64(n)
	want := mat.Dot(&residual, &residual) / float64(n) / (left * left)
	if fit.Criterion != "generalized cross-validation" || math.Abs(fit.Loss-want) > 1e-12 {
		t.Errorf("%+v, want a loss of %v by generalized cross-validation", fit, want)
	}
}

func constant(n int, v float64) *mat.VecDense {
	c := mat.NewVecDense(n, nil)
	for i := range n {
		c.SetVec(i, v)
	}
	return c
}

func TestRidgeFindsAnExactRecurrenceFarFromZero(t *testing.T) {
	const n = 120
	y := make([]float64, n)
	for i := range y {
		y[i] = 1e6 + math.Sin(0.3*float64(i)) // obeys y[t] = 2 cos(0.3) y[t-1] - y[t-2] + constant
	}
	w := cut(t, series(t, []string{"y"}, y), 80, 20, datasets.NoScaling, datasets.WindowSpec{Input: 4, Horizon: 5})
	r := fitted(t, w, RidgeConfig{Lags: []int{2}, Ridge: []float64{1e-9}, Center: "auto"})
	want := forecasts(t, w, truth{w})
	// Unshifted, the sums would hold 1e12 with 4 digits left for the sine.
	closeTo(t, "forecasts", minus(forecasts(t, w, r), 1e6), minus(want, 1e6), 1e-6)
	if f := r.Fits()[0]; !(f.Condition > 1) {
		t.Errorf("the condition number is %v", f.Condition)
	}
}

func minus(values []float64, shift float64) []float64 {
	for i := range values {
		values[i] -= shift
	}
	return values
}

// truth looks the answer up.
type truth struct{ w *datasets.Windows }

func (f truth) Predict(_ context.Context, b datasets.Batch) (datasets.Prediction, error) {
	l := f.w.Layout()
	p := datasets.Prediction{Mean: datasets.NewArray(l.Horizon, b.B, len(l.Targets))}
	for k := range b.B {
		for h := range l.Horizon {
			p.Mean.Data[p.Mean.Offset(h, k, 0)] = f.w.Split().Parts[datasets.Test][b.Series[k]].Series.Values[0][b.Origin[k]+h]
		}
	}
	return p, nil
}

func TestRidgeUsesKnownFuture(t *testing.T) {
	x, y := noise("known", 200), make([]float64, 200)
	for i := range y {
		y[i] = 3*x[i] + 1
	}
	w := cut(t, series(t, []string{"y", "x"}, y, x), 150, 20, datasets.NoScaling,
		datasets.WindowSpec{Input: 2, Horizon: 3, Targets: []string{"y"}, Known: []string{"x"}})
	r := fitted(t, w, RidgeConfig{Ridge: []float64{1e-9}, Center: "no", Future: true})
	closeTo(t, "forecasts", forecasts(t, w, r), forecasts(t, w, truth{w}), 1e-6)
	if want := 3 * (2 + 3 + 1); r.Parameters() != want {
		t.Errorf("%d parameters, want %d: 2 lags, 3 known values and an intercept for each of 3 steps", r.Parameters(), want)
	}
}

func TestRidgeLeavesOutMaskedAndUnknownTargets(t *testing.T) {
	w := cut(t, autoregressive(t, 120), 80, 0, datasets.Standard, datasets.WindowSpec{Input: 3, Horizon: 2})
	config := RidgeConfig{Lags: []int{3}, Ridge: []float64{1}, Center: "no"}
	source, err := w.Source(datasets.Train, datasets.SourceOptions{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	half, broken := unfitted(t, w, config), unfitted(t, w, config)
	for i := 0; ; i++ {
		b, ok := source.Next()
		if !ok {
			break
		}
		if i%2 == 0 {
			if err := half.Accumulate(context.Background(), datasets.Train, b); err != nil {
				t.Fatal(err)
			}
		} else if i%4 == 1 {
			b.Y.Data[1], b.Y.Data[2] = math.NaN(), math.NaN() // one step of each target
		} else {
			b.Mask = datasets.NewArray(b.Y.Shape...)
		}
		if err := broken.Accumulate(context.Background(), datasets.Train, b); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []*Ridge{half, broken} {
		if _, err := r.Solve(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(bits(forecasts(t, w, half)), bits(forecasts(t, w, broken))); d != "" {
		t.Error("windows with a masked or unknown target were not left out")
	}
}

func unfitted(t *testing.T, w *datasets.Windows, c RidgeConfig) *Ridge {
	t.Helper()
	r, err := NewRidge(w.Layout(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRidgeRefuses(t *testing.T) {
	w := cut(t, autoregressive(t, 60), 40, 0, datasets.Standard, datasets.WindowSpec{Input: 4, Horizon: 2})
	l := w.Layout()
	with := func(change func(*RidgeConfig)) func() error {
		return func() error {
			c := DefaultRidge()
			change(&c)
			_, err := NewRidge(l, c)
			return err
		}
	}
	for name, c := range map[string]struct {
		err  func() error
		want string
	}{
		"lags":    {with(func(c *RidgeConfig) { c.Lags = []int{5} }), "5 lags, a window has 4 rows"},
		"ridge":   {with(func(c *RidgeConfig) { c.Ridge = []float64{-1} }), "a ridge of -1"},
		"nan":     {with(func(c *RidgeConfig) { c.Ridge = []float64{math.NaN()} }), "a ridge of NaN"},
		"none":    {with(func(c *RidgeConfig) { c.Ridge = nil }), "no ridge"},
		"center":  {with(func(c *RidgeConfig) { c.Center = "maybe" }), `"maybe"`},
		"both":    {with(func(c *RidgeConfig) { c.Shared, c.Covariates = true, true }), "choose one"},
		"future":  {with(func(c *RidgeConfig) { c.Future = true }), "the data has none"},
		"unready": {func() error { _, err := unfitted(t, w, DefaultRidge()).Solve(context.Background()); return err }, "fewer than 2 training windows"},
		"unfitted": {func() error {
			_, err := unfitted(t, w, DefaultRidge()).Predict(context.Background(), datasets.Batch{T: 4, B: 1, X: datasets.NewArray(4, 1, 2)})
			return err
		}, "before it is fitted"},
		"test part": {func() error {
			return unfitted(t, w, DefaultRidge()).Accumulate(context.Background(), datasets.Test, datasets.Batch{})
		}, "no batches of the test part"},
		"targets": {func() error {
			return unfitted(t, w, DefaultRidge()).Accumulate(context.Background(), datasets.Train, datasets.Batch{T: 4, B: 1, X: datasets.NewArray(4, 1, 2)})
		}, "the targets have the shape [], want [2 1 2]"},
		"singular": {func() error {
			constant := cut(t, series(t, []string{"y"}, make([]float64, 60)), 40, 0, datasets.NoScaling, datasets.WindowSpec{Input: 4, Horizon: 2})
			_, err := FitRidge(context.Background(), constant, RidgeConfig{Ridge: []float64{0}, Center: "no"})
			return err
		}, "use larger ones"},
	} {
		if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}

func TestRidgeStopsWhenAsked(t *testing.T) {
	w := cut(t, autoregressive(t, 60), 40, 0, datasets.Standard, datasets.WindowSpec{Input: 4, Horizon: 2})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := FitRidge(ctx, w, DefaultRidge()); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("error %v", err)
	}
}

func TestRidgeOfOneCentredLagIsNaivePlusDrift(t *testing.T) {
	y := make([]float64, 40)
	for i := range y {
		y[i] = 2 * float64(i)
	}
	w := cut(t, series(t, []string{"y"}, y), 30, 0, datasets.NoScaling, datasets.WindowSpec{Input: 3, Horizon: 2})
	r := fitted(t, w, RidgeConfig{Lags: []int{1}, Ridge: []float64{1}, Center: "yes"})
	closeTo(t, "forecasts", forecasts(t, w, r), forecasts(t, w, truth{w}), 1e-12)
}

// closedForm is what the closed-form learner drives.
type closedForm interface {
	Accumulate(context.Context, datasets.Part, datasets.Batch) error
	Solve(context.Context) (map[string]float64, error)
	Loss(context.Context, datasets.Batch) (loss, weight float64, err error)
	Close() error
}

var _ closedForm = (*Ridge)(nil)

func TestRidgeTellsWhatItChose(t *testing.T) {
	w := cut(t, autoregressive(t, 160), 80, 60, datasets.Standard, datasets.WindowSpec{Input: 4, Horizon: 2})
	r := accumulated(t, w, RidgeConfig{Lags: []int{4}, Ridge: []float64{3}, Center: "yes"}, 32)
	got, err := r.Solve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"lags.y": 4, "ridge.x": 3, "centered.x": 1, "condition.y": r.Fits()[0].Condition, "selection_loss.x": r.Fits()[1].Loss} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}

func TestRidgeLossIsTheWeightedSquaredError(t *testing.T) {
	w := cut(t, autoregressive(t, 160), 80, 60, datasets.Standard, datasets.WindowSpec{Input: 4, Horizon: 2})
	r := fitted(t, w, DefaultRidge())
	source, err := w.Source(datasets.Test, datasets.SourceOptions{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := source.Next()
	p, err := r.Predict(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	b.Mask = datasets.Array{Shape: b.Y.Shape, Data: []float64{1, 0, 3, 1}}
	b.Y.Data[3] = math.NaN()
	e0, e2 := b.Y.Data[0]-p.Mean.Data[0], b.Y.Data[2]-p.Mean.Data[2]
	loss, weight, err := r.Loss(context.Background(), b)
	if want := (e0*e0 + 3*e2*e2) / 4; err != nil || weight != 4 || math.Abs(loss-want) > 1e-15 {
		t.Errorf("loss %v, weight %v, error %v, want %v and 4", loss, weight, err, want)
	}
	b.Y = datasets.Array{}
	if _, _, err := r.Loss(context.Background(), b); err == nil {
		t.Error("a loss without a truth")
	}
}
