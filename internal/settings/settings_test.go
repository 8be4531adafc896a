package settings

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Seed uint64 `name:"seed" doc:"random seed"`
}

type form string

type sample struct {
	Common
	Rate    float64   `name:"rate" doc:"step size" min:"0"`
	Beta    float64   `name:"beta1" doc:"decay" min:"0" below:"1"`
	Layers  int       `name:"layers" min:"1" max:"8"`
	Bias    bool      `name:"bias"`
	Form    form      `name:"form" choices:"fast|slow"`
	Note    string    `name:"note"`
	Levels  []float64 `name:"levels" above:"0" below:"1"`
	Lags    []int     `name:"lags" min:"1"`
	Columns []string  `name:"columns"`
	hidden  int
	Plain   int // without a tag: not a setting
}

// Common is embedded, as models share settings.
type Common struct {
	//lint:ignore U1000 only its name matters: a struct under a name of its own is not looked into
	inner3 inner
}

func good() sample {
	return sample{Rate: 0.1, Beta: 0.9, Layers: 1, Form: "fast", Levels: []float64{0.1, 0.9}, hidden: 3}
}

func (s *sample) Validate() error {
	if s.Layers == 7 && s.Bias {
		return errors.New("seven layers take no bias")
	}
	return nil
}

func TestFields(t *testing.T) {
	got, err := Fields(good())
	if err != nil {
		t.Fatal(err)
	}
	want := []Field{
		{Name: "rate", Type: "number", Value: "0.1", Doc: "step size", Range: "at least 0"},
		{Name: "beta1", Type: "number", Value: "0.9", Doc: "decay", Range: "at least 0 and below 1"},
		{Name: "layers", Type: "int", Value: "1", Range: "at least 1 and at most 8"},
		{Name: "bias", Type: "bool", Value: "false"},
		{Name: "form", Type: "text", Value: "fast", Choices: []string{"fast", "slow"}},
		{Name: "note", Type: "text"},
		{Name: "levels", Type: "numbers", Value: "0.1,0.9", Range: "above 0 and below 1"},
		{Name: "lags", Type: "ints", Range: "at least 1"},
		{Name: "columns", Type: "texts"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEmbeddedStructs(t *testing.T) {
	type outer struct {
		Shared
		Rate float64 `name:"rate"`
	}
	s := outer{Rate: 1}
	if err := Apply(&s, map[string]string{"seed": "18446744073709551615", "rate": "2"}); err != nil {
		t.Fatal(err)
	}
	if s.Seed != math.MaxUint64 || s.Rate != 2 {
		t.Errorf("got %+v", s)
	}
}

// Shared is exported, so that reflection may set its fields.
type Shared struct {
	Seed uint64 `name:"seed"`
}

func TestApply(t *testing.T) {
	s := good()
	err := Apply(&s, map[string]string{
		"rate": "1e-3", "beta1": "0", "layers": " 3 ", "bias": "true", "form": "slow", "note": "a b",
		"levels": "0.5, 0.25", "lags": "1,12", "columns": "a,b",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := sample{Rate: 1e-3, Layers: 3, Bias: true, Form: "slow", Note: "a b", Levels: []float64{0.5, 0.25},
		Lags: []int{1, 12}, Columns: []string{"a", "b"}, hidden: 3}
	if d := cmp.Diff(want, s, cmp.AllowUnexported(sample{}, Common{}, inner{})); d != "" {
		t.Error(d)
	}
	if err := Set(&s, "columns", ""); err != nil || s.Columns != nil {
		t.Errorf("the empty text gave %v, %v", s.Columns, err)
	}
}

func TestErrorsNameTheSettingAndTheRemedy(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"bta1", "0.9", `unknown setting "bta1": the settings are rate, beta1, layers, bias, form, note, levels, lags, columns; did you mean "beta1"?`},
		{"rate", "fast", `setting rate is "fast", want a number such as 0.01 or 1e-3`},
		{"rate", "NaN", `setting rate is "NaN", want a number such as 0.01 or 1e-3`},
		{"rate", "+Inf", `setting rate is "+Inf", want a number such as 0.01 or 1e-3`},
		{"rate", "-1", `setting rate is -1, want a number at least 0`},
		{"beta1", "1", `setting beta1 is 1, want a number at least 0 and below 1`},
		{"layers", "1.5", `setting layers is "1.5", want a whole number such as 32`},
		{"layers", "9", `setting layers is 9, want a number at least 1 and at most 8`},
		{"layers", "99999999999999999999", `setting layers is "99999999999999999999", want a whole number such as 32`},
		{"bias", "maybe", `setting bias is "maybe", want true or false`},
		{"form", "slwo", `setting form is "slwo", want one of fast, slow; did you mean "slow"?`},
		{"levels", "0.5,x", `setting levels is "0.5,x", want values divided by commas, each a number such as 0.01 or 1e-3`},
		{"levels", "0.5,1", `setting levels is 1, want a number above 0 and below 1`},
		{"lags", "0", `setting lags is 0, want a number at least 1`},
	} {
		s := good()
		for how, err := range map[string]error{
			"Set":   Set(&s, c.name, c.text),
			"Apply": Apply(&s, map[string]string{c.name: c.text, "note": "changed"}),
		} {
			if err == nil || err.Error() != c.want {
				t.Errorf("%s(%s, %q):\n got %v\nwant %s", how, c.name, c.text, err, c.want)
			}
		}
		if d := cmp.Diff(good(), s, cmp.AllowUnexported(sample{}, Common{}, inner{})); d != "" {
			t.Errorf("%s = %q was refused and changed the struct: %s", c.name, c.text, d)
		}
	}
}

func TestCheckAsksTagsAndValidate(t *testing.T) {
	s := good()
	if err := Check(s); err != nil {
		t.Fatal(err)
	}
	s.Beta = math.NaN()
	if err := Check(s); err == nil || !strings.Contains(err.Error(), "setting beta1 is NaN") {
		t.Errorf("NaN: %v", err)
	}
	s = good()
	s.Form = "neither"
	if err := Check(&s); err == nil {
		t.Error("a text outside the choices passed")
	}
	s = good()
	s.Layers, s.Bias = 7, true
	for _, v := range []any{s, &s} {
		if err := Check(v); err == nil || err.Error() != "seven layers take no bias" {
			t.Errorf("Validate of %T: %v", v, err)
		}
	}
	if err := Apply(&s, map[string]string{"note": "x"}); err == nil || s.Note != "" {
		t.Errorf("Apply kept %q after Validate said %v", s.Note, err)
	}
}

func TestValuesGoBackToTheSameBits(t *testing.T) {
	s := good()
	s.Rate, s.Levels, s.Lags = 0.1+0.2, []float64{1. / 3, math.Nextafter(1, 0)}, []int{1, 12}
	texts, err := Values(s)
	if err != nil {
		t.Fatal(err)
	}
	again := sample{hidden: 3}
	if err := Apply(&again, texts); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, again, cmp.AllowUnexported(sample{}, Common{}, inner{})); d != "" {
		t.Error(d)
	}
}

func TestWrongStructsAreRefused(t *testing.T) {
	for name, s := range map[string]any{
		"no struct":   3,
		"nil":         nil,
		"nil pointer": (*sample)(nil),
		"kind": struct {
			A complex128 `name:"a"`
		}{},
		"no name": struct {
			A int `name:""`
		}{},
		"unexported": struct {
			a int `name:"a"`
		}{},
		"twice": struct {
			A, B int `name:"a"`
		}{},
		"choices of int": struct {
			A int `name:"a" choices:"1|2"`
		}{},
		"bound of text": struct {
			A string `name:"a" min:"1"`
		}{},
		"bound is text": struct {
			A int `name:"a" min:"one"`
		}{},
	} {
		if _, err := Fields(s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Set(good(), "rate", "1"); err == nil {
		t.Error("Set took a struct that it cannot change")
	}
}
