package job

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenz/train/study"
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

// A study begins with what lenz train would take: a short washout on a short series, settings for trends; but for what is searched, given or fixed
// by every contender of the model.
func TestStudiesBeginWithWhatTrainWouldTake(t *testing.T) {
	flags := []Assignment{{"data", "air-passengers"}, {"input", "12"}, {"horizon", "3"}}
	for name, c := range map[string]struct {
		r     StudyRequest
		model string // whose settings are looked at
		want  map[string]string
		says  []string
	}{
		"tune": {StudyRequest{}, "esn", map[string]string{"washout": "25", "increment": "true"},
			[]string{"esn on air-passengers: thousands has a trend", "increment=true; give others", "esn on air-passengers: the washout is 25 rows"}},
		"tune without a washout to shorten": {StudyRequest{Search: []string{"washout=int:5:20", "leak=lin:0.1:1"}}, "esn",
			map[string]string{"increment": "true", "input_scale": "0.1"}, []string{"increment=true and input_scale=0.1; give others"}},
		"tune with settings given": {StudyRequest{Layers: Layers{Flags: []Assignment{{"set", "increment=false"}, {"set", "washout=7"}}}}, "esn",
			map[string]string{"washout": "7", "increment": "false"}, nil},
		"tune of another reservoir": {StudyRequest{}, "delay", map[string]string{"washout": "25"}, []string{"delay on air-passengers: the washout is 25 rows"}},
		"compare": {StudyRequest{Models: []string{"esn", "soft=esn:input_scale=0.01", "ngrc"}}, "esn",
			map[string]string{"washout": "25", "increment": "true", "input_scale": "0.1"}, []string{"increment=true and input_scale=0.1", "the washout is 25 rows"}},
		"compare with scales in names": {StudyRequest{Models: []string{"a=esn:input_scale=1", "b=esn:input_scale=0.01:leak=0.5"}}, "esn",
			map[string]string{"washout": "25", "increment": "true"}, []string{"increment=true; give others", "the washout is 25 rows"}},
	} {
		r := c.r
		r.Plan = study.Default()
		r.Layers.Flags = slices.Concat(flags, r.Layers.Flags)
		var said []string
		r.Say = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
		build := r.Build
		if r.Models == nil {
			r.Layers.Flags = append(r.Layers.Flags, Assignment{"model", c.model})
			build = r.BuildTune
		}
		p, err := build(t.Context(), &Factory{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all := maps.Clone(p.Tasks[0].Settings)
		all["model"] = c.model
		config, err := FromFlat(all)
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range c.want {
			if got := config.Model.Set[key]; got != want {
				t.Errorf("%s: %s is %s, want %s", name, key, got, want)
			}
		}
		notes := strings.Join(said, "\n")
		for _, want := range c.says {
			if strings.Count(notes, want) != 1 {
				t.Errorf("%s: the notes are %q, want %q once", name, notes, want)
			}
		}
		if c.says == nil && notes != "" {
			t.Errorf("%s: the notes are %q, want none", name, notes)
		}
	}
}
