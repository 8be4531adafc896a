package statefile

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lenz/internal/safetensors"
	"lenz/internal/state"
)

func tree() state.State {
	return state.State{
		"yes": true, "no": false, "int": math.MinInt64, "zero": 0, "uint": uint64(math.MaxUint64),
		"third": 1.0 / 3, "minus": math.Copysign(0, -1), "inf": math.Inf(-1), "nan": math.NaN(), "small": math.SmallestNonzeroFloat64,
		"text": "a \"<b>\"\né", "no text": "",
		"inner": state.State{
			"rnn.weight_hh_l0": []float32{1, float32(math.Inf(1))}, "f64": []float64{0.1, math.NaN()}, "ints": []int{-1, math.MaxInt64},
			"uints": []uint64{1, math.MaxUint64}, "bools": []bool{true, false}, "words": []string{"a", ""},
			"empty":        state.State{},
			"only tensors": state.State{"x": []float64{1}},
			"no words":     []string{}, "no floats": []float64{}, "no ints": []int{},
		},
	}
}

func roundTrip(t *testing.T, s state.State) state.State {
	t.Helper()
	text, tensors, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	read, _, err := safetensors.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(text, read)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return back
}

func TestRoundTrip(t *testing.T) {
	want := tree()
	got := roundTrip(t, want)
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if v := got["minus"].(float64); !math.Signbit(v) {
		t.Error("minus zero lost its sign")
	}
	if got := roundTrip(t, state.State{}); len(got) != 0 {
		t.Errorf("the empty state came back as %v", got)
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	a, ta, err := Encode(tree())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		b, tb, err := Encode(tree())
		if err != nil || !bytes.Equal(a, b) || !cmp.Equal(ta, tb, cmpopts.EquateNaNs()) {
			t.Fatalf("two encodings differ (error %v)", err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   state.State
		want string
	}{
		"type":  {state.State{"a": state.State{"b": int64(1)}}, "state a/b: a int64"},
		"slash": {state.State{"a": state.State{"b/c": 1}}, `"b/c"`},
		"empty": {state.State{"": 1}, `""`},
		"nil":   {state.State{"a": nil}, "state a"},
		"text":  {state.State{"a": "\xff"}, "UTF-8"},
		"words": {state.State{"a": []string{"\xff"}}, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := Encode(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	x := func(name string, data any) []safetensors.Tensor {
		return []safetensors.Tensor{{Name: name, Data: data}}
	}
	for name, c := range map[string]struct {
		tree    string
		tensors []safetensors.Tensor
		want    string
	}{
		"JSON":     {"{", nil, "JSON"},
		"field":    {`{"state":{},"x":1}`, nil, "JSON"},
		"no value": {`{"state":{"a":{}}}`, nil, "/a"},
		"null":     {`{"state":{"a":null}}`, nil, "/a"},
		"number":   {`{"state":{"a":{"int":"1.5"}}}`, nil, "/a"},
		"root":     {`{"int":"1"}`, nil, "want a state"},
		"taken":    {`{"state":{"a":{"int":"1"}}}`, x("a", []float64{1}), "has a value there"},
		"nowhere":  {`{"state":{}}`, x("a/b", []float64{1}), `no state "a"`},
		"kind":     {`{"state":{}}`, x("a", []int8{1}), "[]int8"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode([]byte(c.tree), c.tensors); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
