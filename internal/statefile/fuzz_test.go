package statefile

import (
	"bytes"
	"testing"

	"lenz/internal/bounded"
	"lenz/internal/safetensors"
	"lenz/internal/state"
)

// Any tree is refused, or is a state that can be encoded again.
func FuzzDecode(f *testing.F) {
	text, tensors, err := Encode(tree())
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, tensors, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(text, b.Bytes())
	for _, s := range []string{"{", `{"state":{},"x":1}`, `{"state":{"a":{}}}`, `{"state":{"a":null}}`, `{"state":{"a":{"int":"1.5"}}}`, `{"int":"1"}`, `{"empty":"state"}`} {
		f.Add([]byte(s), b.Bytes())
	}
	f.Fuzz(func(t *testing.T, text, data []byte) {
		over := bounded.Run(func() bounded.Limits {
			tensors, _, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				tensors = nil
			}
			var s state.State
			if s, err = Decode(text, tensors); err == nil && s == nil {
				t.Error("neither a state nor an error")
			}
			return bounded.Decoded(len(text) + len(data))
		})
		if over != nil {
			t.Error(over)
		}
	})
}
