package job

import (
	"path/filepath"
	"strings"
	"testing"
)

// An echo state network takes other settings on a series with a trend, says so, and keeps what the user gave; on one without it does not.
func TestTrendsAreHeardSoftly(t *testing.T) {
	for _, c := range []struct {
		model, data      string
		flags            []Assignment
		increment, scale string
		says             string
	}{
		{"esn", "air-passengers", nil, "true", "0.1", "thousands has a trend (a straight line explains 84% of its variance"},
		{"esn", "air-passengers", []Assignment{{"set", "input_scale=0.3"}}, "true", "0.3", "increment=true; give others"},
		{"esn", "air-passengers", []Assignment{{"set", "input_scale=0.3"}, {"set", "increment=false"}}, "false", "0.3", ""},
		{"deep-esn", "air-passengers", nil, "false", "0.5", "try --set increment=true --set input_scale=0.1"},
		{"esn", "sunspots-yearly", nil, "false", "0.5", ""},
		{"esn", "employment", nil, "true", "0.1", "has a trend"}, // of inputs beside the target
	} {
		flags := append([]Assignment{{"model", c.model}, {"data", c.data}, {"input", "12"}, {"horizon", "3"}, {"set", "units=20"}}, c.flags...)
		config, err := Layers{Flags: flags}.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		out, err := Train(t.Context(), Request{Config: config, Out: filepath.Join(t.TempDir(), "run")})
		if err != nil {
			t.Fatal(err)
		}
		if set := config.Model.Set; set["increment"] != c.increment || set["input_scale"] != c.scale {
			t.Errorf("%s with %v: increment %s, input_scale %s; want %s, %s", c.data, c.flags, set["increment"], set["input_scale"], c.increment, c.scale)
		}
		notes := strings.Join(out.Notes, "\n")
		if c.says == "" && strings.Contains(notes, "trend") || !strings.Contains(notes, c.says) {
			t.Errorf("%s with %v: the notes are %q, want %q", c.data, c.flags, notes, c.says)
		}
	}
}
