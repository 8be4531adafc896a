package job

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Numbers stand on one line, and nothing else changes.
func TestJSONKeepsNumbersTogether(t *testing.T) {
	v := map[string]any{"state": []any{-1.0, 1.0, 2.5e-7}, "empty": []any{}, "text": []any{"[\n  1,\n  2\n]", "b"}, "nested": []any{[]any{1.0}, nil}}
	text, err := JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "empty": [],
  "nested": [
    [1],
    null
  ],
  "state": [-1,1,2.5e-7],
  "text": [
    "[\n  1,\n  2\n]",
    "b"
  ]
}
`
	if string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	var back map[string]any
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, v) {
		t.Errorf("it reads back as %v (%v)", back, err)
	}
}
