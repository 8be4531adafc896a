package job

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func writeConfig(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLayersStandOverEachOther(t *testing.T) {
	file := writeConfig(t, "[train]\nepochs = 3\nseed = 7\n[model]\nmodel = \"gru\"\n[model.set]\nhidden = 8\n")
	c, err := Layers{
		File: file, Env: []string{"HOME=/x", "LENZ_EPOCHS=4", "LENZ_CLIP_NORM=0.5"}, Flags: []Assignment{{"epochs", "5"}, {"set", "layers=2"}},
	}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if c.Train.Epochs != 5 || c.Train.Seed != 7 || c.Optimizer.ClipNorm != 0.5 || c.Model.Model != "gru" {
		t.Errorf("epochs %d, seed %d, clip-norm %v, model %s", c.Train.Epochs, c.Train.Seed, c.Optimizer.ClipNorm, c.Model.Model)
	}
	// What suits the sunspots lies under all of it.
	if c.Window.Horizon != 24 || c.Model.Set["highway"] != "96" || c.Model.Set["hidden"] != "8" || c.Model.Set["layers"] != "2" {
		t.Errorf("horizon %d, model settings %v", c.Window.Horizon, c.Model.Set)
	}
	// It is not laid under other data.
	c, err = Layers{Flags: []Assignment{{"data", "air-passengers"}}}.Resolve()
	if err != nil || c.Window.Horizon != Default().Window.Horizon || c.Model.Set["highway"] != "48" || c.Model.Set["window_norm"] != "last" {
		t.Errorf("horizon %d, model settings %v, %v", c.Window.Horizon, c.Model.Set, err)
	}
}

func TestPresetsFitTheirModels(t *testing.T) {
	for data := range presets {
		for _, model := range []string{"lstm", "gru", "rnn"} {
			c, err := Layers{Flags: []Assignment{{"data", data}, {"model", model}}}.Resolve()
			if err != nil {
				t.Fatalf("%s on %s: %v", model, data, err)
			}
			if _, has := c.Model.Set["forget_bias"]; has && model != "lstm" {
				t.Errorf("%s on %s is given a forget_bias", model, data)
			}
		}
	}
}

func TestReservoirPresetsFitTheirModels(t *testing.T) {
	for data, models := range reservoirPresets {
		for model, preset := range models {
			c, err := Layers{Flags: []Assignment{{"data", data}, {"model", model}, {"set", "degree=4"}}}.Resolve()
			if err == nil {
				err = c.Check()
			}
			if err != nil {
				t.Fatalf("%s on %s: %v", model, data, err)
			}
			if len(c.Model.Set) != len(preset) || c.Model.Set["degree"] != "4" {
				t.Errorf("%s on %s has the settings %v", model, data, c.Model.Set)
			}
		}
	}
	// To ngrc, the same names would mean something else.
	c, err := Layers{Flags: []Assignment{{"data", "kuramoto-sivashinsky"}, {"model", "ngrc"}}}.Resolve()
	if err != nil || len(c.Model.Set) != 0 {
		t.Errorf("ngrc has the settings %v, %v", c.Model.Set, err)
	}
}

func TestWhatSuitsGivesWayToWhatIsAsked(t *testing.T) {
	set := func(s string) Assignment { return Assignment{"set", s} }
	for _, c := range []struct {
		asked         []Assignment
		norm, highway string
		rate          float64
	}{
		{nil, "standard", "96", 0.005},
		{[]Assignment{{"data", "bike"}}, "last", "48", 0.003},
		{[]Assignment{{"data", "bike"}, {"input", "30"}}, "last", "30", 0.003},
		{[]Assignment{{"input", "30"}}, "standard", "30", 0.005},
		{[]Assignment{set("window_norm=none"), set("highway=0")}, "none", "0", 0.005},
		{[]Assignment{{"tbptt", "20"}}, "none", "0", 0.005},
		{[]Assignment{{"tbptt", "20"}, set("highway=4")}, "none", "4", 0.005},
		{[]Assignment{{"data", "adding"}}, "", "", 0.005},
		{[]Assignment{{"optimizer", "sgd"}}, "standard", "96", 0},
		{[]Assignment{{"optimizer", "sgd"}, {"lr", "0.1"}}, "standard", "96", 0.1},
		{[]Assignment{{"optimizer-set", "rate=0.2"}}, "standard", "96", 0},
		{[]Assignment{{"lr", "0"}}, "standard", "96", 0},
	} {
		got, err := Layers{Flags: c.asked}.Resolve()
		if err != nil {
			t.Errorf("%v: %v", c.asked, err)
			continue
		}
		if m := got.Model.Set; m["window_norm"] != c.norm || m["highway"] != c.highway || got.Optimizer.LR != c.rate {
			t.Errorf("%v: window_norm %q, highway %q, lr %v; want %q, %q, %v", c.asked, m["window_norm"], m["highway"], got.Optimizer.LR, c.norm, c.highway, c.rate)
		}
	}
}

func TestConfigSurvivesItsFile(t *testing.T) {
	c := Default()
	for _, a := range []Assignment{
		{"data", `odd "name", #1.csv`}, {"target", `"sales, net",b`}, {"calendar", "true"}, {"lr", "0.1"}, {"seed", "18446744073709551615"},
		{"set", "hidden=9"}, {"optimizer-set", "beta1=0.8"}, {"delimiter", ";"},
	} {
		if err := c.Set(a.Name, a.Text); err != nil {
			t.Fatal(err)
		}
	}
	text, err := c.TOML(Facts{Version: "v", Checksum: map[string]string{"a b.csv": "12"}})
	if err != nil {
		t.Fatal(err)
	}
	path := writeConfig(t, text)
	again, err := Layers{File: path}.Resolve()
	c.suit([]placed{{Assignment{"lr", "0.1"}, ""}}) // a run writes its settings resolved
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !reflect.DeepEqual(c, again) {
		t.Errorf("read back\n%+v, want\n%+v", again, c)
	}
	sums, err := Checksums(path)
	if err != nil || sums["a b.csv"] != "12" {
		t.Errorf("sums %v, %v", sums, err)
	}
}

func TestLayersNameWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		layers Layers
		says   []string
	}{
		{Layers{File: "absent.toml"}, []string{"absent.toml"}},
		{Layers{File: writeConfig(t, "epochs = 3")}, []string{"tables such as [data]"}},
		{Layers{File: writeConfig(t, "[train\n")}, []string{"TOML"}},
		{Layers{File: writeConfig(t, "[trian]\nepochs = 3")}, []string{"[trian]", "train"}},
		{Layers{File: writeConfig(t, "[train]\nepoch = 3")}, []string{"epoch", "epochs"}},
		{Layers{File: writeConfig(t, "[train]\nepochs = -3")}, []string{"epochs", "-3", "at least 1"}},
		{Layers{File: writeConfig(t, "[train]\nepochs = 1979-05-27")}, []string{"epochs"}},
		{Layers{Env: []string{"LENZ_EPOCH=3"}}, []string{"LENZ_EPOCH", "LENZ_EPOCHS"}},
		{Layers{Env: []string{"LENZ_EPOCHS=many"}}, []string{"epochs", "many"}},
		{Layers{Flags: []Assignment{{"set", "hidden"}}}, []string{"key=value", "hidden"}},
	} {
		_, err := c.layers.Resolve()
		if err == nil {
			t.Errorf("%+v: no error that says %v", c.layers, c.says)
			continue
		}
		for _, part := range c.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %q", err, part)
			}
		}
	}
}

// What is solved has no use for anything of an optimizer, and refuses it; but old configurations that name such settings without saying
// anything by them are read.
func TestSolvedModelsRefuseTheOptimizer(t *testing.T) {
	options, err := Default().Options()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		if o.Section == "optimizer" && (&solving{}).uses(o.Name) {
			t.Errorf("reservoirs take %s and do nothing with it", o.Name)
		}
	}
	esn := func(train string) error {
		_, err := Layers{File: writeConfig(t, "[model]\nmodel = \"esn\"\n[optimizer]\nsam = 0.0\ngroup = []\n[train]\n"+train)}.Resolve()
		return err
	}
	if err := esn("on-nan = \"stop\""); err != nil {
		t.Errorf("defaults are refused: %v", err)
	}
	if err := esn("on-nan = \"rollback\""); err == nil || !strings.Contains(err.Error(), "[train]: esn has no use for on-nan") {
		t.Errorf("got %v, want that there is no use for on-nan", err)
	}
}
