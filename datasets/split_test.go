package datasets

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ramp returns a series of n rows whose columns count up from 0, 1000, 2000, ...
func ramp(name string, n int, columns ...string) *Series {
	data := table(len(columns), n)
	for c := range data {
		for row := range data[c] {
			data[c][row] = float64(1000*c + row)
		}
	}
	s, err := NewSeries(name, columns, data)
	if err != nil {
		panic("datasets: test: " + err.Error())
	}
	return s
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want [6]int
	}{
		{"0.7,0.15,0.15", 100, [6]int{0, 70, 70, 85, 85, 100}},
		{"0.7,0.15,0.15", 103, [6]int{0, 72, 72, 88, 88, 103}},
		{"0.5,0.2,0.2", 10, [6]int{0, 5, 5, 7, 7, 9}},
		{"8640,2880,2880", 17420, [6]int{0, 8640, 8640, 11520, 11520, 14400}},
		{"1,0,0", 10, [6]int{0, 10, 10, 10, 10, 10}},
		{"0.8, 0.2, 0", 10, [6]int{0, 8, 8, 10, 10, 10}},
	} {
		spec, err := ParseSplit(c.text)
		if err != nil {
			t.Fatal(err)
		}
		split, err := spec.Cut(ramp("r", c.n, "y"))
		if err != nil {
			t.Fatal(err)
		}
		var got [6]int
		for p, sections := range split.Parts {
			got[2*p], got[2*p+1] = sections[0].From, sections[0].To
		}
		if got != c.want {
			t.Errorf("%s of %d rows: %v, want %v", c.text, c.n, got, c.want)
		}
		if again, err := ParseSplit(spec.String()); err != nil || again != spec {
			t.Errorf("ParseSplit(%q) = %v, %v, want %v", spec.String(), again, err, spec)
		}
	}
	for text, want := range map[string]string{"0.7,0.3": "2 parts", "0.7,0.3,x": `"x"`, "0.7,0.3,0.3": "adds up", "0,1,1": "nothing to train on",
		"-1,1,1": `"-1"`, "100,0.2,0.1": "mixes", "NaN,0,0": `"NaN"`} {
		if _, err := ParseSplit(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseSplit(%q): %v, want %q", text, err, want)
		}
	}
	if _, err := (SplitSpec{Train: 9, Valid: 9, Test: 9, Counts: true}).Cut(ramp("r", 20, "y")); err == nil || !strings.Contains(err.Error(), "asks for 27") {
		t.Errorf("too many counts: %v", err)
	}
}

func TestSplitFilesNeedsColumns(t *testing.T) {
	if _, err := SplitFiles([]*Series{ramp("a", 5, "y")}, []*Series{ramp("b", 5, "z")}, nil); err == nil || !strings.Contains(err.Error(), "valid") {
		t.Errorf("got %v", err)
	}
	split, err := SplitFiles([]*Series{ramp("a", 5, "y")}, []*Series{ramp("b", 6, "z", "y")}, nil)
	if err != nil || split.Parts[Valid][0].Rows() != 6 || len(split.Parts[Test]) != 0 {
		t.Errorf("got %v, %v", split, err)
	}
}

func fitted(t *testing.T, values []float64, scaling Scaling, transform Transform) *ColumnScaler {
	t.Helper()
	s, err := NewSeries("s", []string{"y"}, [][]float64{values})
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := FitScaler([]Section{{s, 0, s.Rows()}}, ScalerSpec{Scaling: scaling, Transform: transform})
	if err != nil {
		t.Fatal(err)
	}
	return &scaler.Columns[0]
}

func TestScalers(t *testing.T) {
	values := []float64{4, 1, 9, 16, 100}
	for _, c := range []struct {
		scaling      Scaling
		transform    Transform
		shift, scale float64
	}{
		{Standard, NoTransform, 26, math.Sqrt((22*22 + 25*25 + 17*17 + 10*10 + 74*74) / 5.)},
		{MinMax, NoTransform, 1, 99},
		{Robust, NoTransform, 9, 12},
		{NoScaling, NoTransform, 0, 1},
		{MinMax, Sqrt, 1, 9},
		{MinMax, Log, 0, math.Log(100)},
		{MinMax, Log1p, math.Log(2), math.Log(101) - math.Log(2)},
	} {
		got := fitted(t, values, c.scaling, c.transform)
		if !about(got.Shift, c.shift) || !about(got.Scale, c.scale) {
			t.Errorf("%s %s: shift %v, scale %v, want %v, %v", c.scaling, c.transform, got.Shift, got.Scale, c.shift, c.scale)
		}
		for _, v := range values {
			// Rounding of the sum, the product and the transform: a few units in the last place of the largest value.
			if back := got.Invert(got.Apply(v)); math.Abs(back-v) > 1e-13*100 {
				t.Errorf("%s %s: %v comes back as %v", c.scaling, c.transform, v, back)
			}
		}
		// Inversion is monotone, so that quantiles stay in order.
		for x, last := -5., math.Inf(-1); x < 5; x += 0.25 {
			if v := got.Invert(x); v < last {
				t.Errorf("%s %s: Invert falls at %v", c.scaling, c.transform, x)
			} else {
				last = v
			}
		}
	}
}

func TestScalerOfConstantAndMissing(t *testing.T) {
	for _, scaling := range []Scaling{Standard, MinMax, Robust} {
		for _, v := range []float64{0, 0.1, -1e9} {
			c := fitted(t, []float64{v, v, v, v, v, v, v}, scaling, NoTransform)
			if c.Scale != 1 || math.Abs(c.Apply(v)) > 1e-6 || c.Invert(c.Apply(v)) != v {
				t.Errorf("%s of constant %v: %+v", scaling, v, c)
			}
		}
	}
	if c := fitted(t, []float64{1, math.NaN(), 3}, MinMax, NoTransform); c.Shift != 1 || c.Scale != 2 {
		t.Errorf("with a missing value: %+v", c)
	}
}

func TestScalerJSONIsExact(t *testing.T) {
	s := ramp("r", 7, "a", "b")
	for row := range s.Values[1] {
		s.Values[1][row] = math.Exp(float64(row)) / 3
	}
	want, err := FitScaler([]Section{{s, 0, 7}}, ScalerSpec{Columns: map[string]ColumnScaling{"b": {Transform: Log, Scaling: Robust}}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Scaler
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*want, got); diff != "" {
		t.Error(diff)
	}
	for want, bad := range map[string]string{
		"scale 0": `{"columns":[{"name":"a","scale":0}]}`, `"sqr"; did you mean "sqrt"`: `{"columns":[{"name":"a","scale":1,"transform":"sqr"}]}`,
	} {
		if err := json.Unmarshal([]byte(bad), new(Scaler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", bad, err, want)
		}
	}
	if got.Columns[0].Scaling != Standard || got.Columns[1].Transform != Log || got.Columns[1].Scaling != Robust {
		t.Errorf("%+v", got.Columns)
	}
}

func TestScalerErrors(t *testing.T) {
	s := ramp("r", 5, "y")
	s.Values[0][3] = -2
	train := []Section{{s, 0, 5}}
	for want, spec := range map[string]ScalerSpec{
		`unknown scaling "standart"; did you mean "standard"?`: {Scaling: "standart"},
		`unknown transform "sqr"; did you mean "sqrt"?`:        {Transform: "sqr"},
		`"y" is -2 at 3, the transform sqrt needs`:             {Transform: Sqrt},
		`"y" is 0 at 0, the transform log needs`:               {Transform: Log},
		`"y" is -2 at 3, the transform log1p needs`:            {Transform: Log1p},
		`no column "x"`: {Columns: map[string]ColumnScaling{"x": {}}},
	} {
		if _, err := FitScaler(train, spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := FitScaler(nil, ScalerSpec{}); err == nil {
		t.Error("fitted on nothing")
	}
	scaler, err := FitScaler([]Section{{s, 0, 3}}, ScalerSpec{Transform: Sqrt})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scaler.ApplyTo(s); err == nil {
		t.Error("a value outside of the domain, after the training part, was let through")
	}
}
