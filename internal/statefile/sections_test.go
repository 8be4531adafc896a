package statefile

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"lenz/internal/safetensors"
	"lenz/internal/state"
)

// A change of a value is found in its section, and nowhere else.
func TestDamageIsLocated(t *testing.T) {
	build := func() state.State {
		return state.State{"a": state.State{"n": 1, "v": []float64{1, 2}}, "b": "text", "w": []float32{3}, "flags": []bool{true, false}}
	}
	encode := func(s state.State) ([]byte, []safetensors.Tensor) {
		text, tensors, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		return text, tensors
	}
	tree, tensors := encode(build())
	sections, err := Sections(tree, tensors)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"crc32c of state a", "crc32c of state b", "crc32c of tensor a/v", "crc32c of tensor flags", "crc32c of tensor w"}
	if got := slices.Sorted(maps.Keys(sections)); !slices.Equal(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
	for says, change := range map[string]func(s state.State){
		`state "a" has changed`:      func(s state.State) { s["a"].(state.State)["n"] = 2 },
		`state "b" has changed`:      func(s state.State) { s["b"] = "test" },
		`tensor "a/v" has changed`:   func(s state.State) { s["a"].(state.State)["v"].([]float64)[1] = -2 },
		`tensor "w" has changed`:     func(s state.State) { s["w"].([]float32)[0] = 4 },
		`tensor "flags" has changed`: func(s state.State) { s["flags"].([]bool)[1] = true },
	} {
		s := build()
		change(s)
		tree, tensors := encode(s)
		if got := TreeDamage(tree, sections) + TensorDamage(tensors, sections); strings.Count(got, says) != 1 || strings.Count(got, "outside of the values") != 1 {
			t.Errorf("want %q, got %q", says, got)
		}
	}
	for text, says := range map[string]string{`{"state":{"a":`: "no JSON after its first 14 bytes", `{"state":1}`: "none of a state"} {
		if got := TreeDamage([]byte(text), sections); !strings.Contains(got, says) {
			t.Errorf("%s: %q, want %q", text, got, says)
		}
		if _, err := Sections([]byte(text), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
	bad := []safetensors.Tensor{{Name: "x", Shape: []int{2}, Data: []float64{1}}}
	if got := TensorDamage(bad, sections); !strings.Contains(got, `tensor "x"`) {
		t.Errorf("a tensor of another shape: %q", got)
	}
	if _, err := Sections(tree, bad); err == nil || !strings.Contains(err.Error(), `tensor "x"`) {
		t.Errorf("a tensor of another shape: %v", err)
	}
}
