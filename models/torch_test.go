package models_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenz/datasets"
	"lenz/graph"
	"lenz/layers"
	"lenz/models"
	"lenz/models/recurrent"
)

// golden is what testdata/torch_golden.py wrote with PyTorch 1.13.0.
type golden struct {
	X        []float64 `json:"x"`        // [7, 3, 2]
	Hs       []float64 `json:"hs"`       // [7, 3, 5]
	Forecast []float64 `json:"forecast"` // [4, 3]
}

func readGolden(t *testing.T) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/torch_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// The sizes of the golden files.
func torchLayout() datasets.Layout {
	return datasets.Layout{Kind: datasets.Forecast, Input: 7, Horizon: 4, Batch: 3, Inputs: []string{"a", "b"}, Targets: []string{"a"}, TargetInputs: []int{0}}
}

func torchModel(t *testing.T, change func(*recurrent.LSTM)) *recurrent.Model {
	t.Helper()
	c := recurrent.DefaultLSTM()
	c.Hidden, c.Layers, c.Precision = 5, 2, "float64"
	if change != nil {
		change(&c)
	}
	m, err := c.New(torchLayout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// wider has an input column more than the golden files.
func wider(t *testing.T) *recurrent.Model {
	t.Helper()
	c, l := recurrent.DefaultLSTM(), torchLayout()
	c.Hidden, c.Layers, l.Inputs = 5, 2, []string{"a", "b", "c"}
	m, err := c.New(l, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func torchBatch(g golden) datasets.Batch {
	return datasets.Batch{T: 7, B: 3, X: datasets.Array{Shape: []int{7, 3, 2}, Data: g.X}}
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance) {
			t.Errorf("%s, value %d: %v, PyTorch's is %v", what, i, got[i], want[i])
		}
	}
}

// Values are of size 1; 1e-12 leaves room for the order of sums in float64, and 1e-6 for rounding to float32.
func TestWeightsOfPyTorchGiveItsForecast(t *testing.T) {
	g := readGolden(t)
	for precision, tolerance := range map[string]float64{"float64": 1e-12, "float32": 1e-6} {
		m := torchModel(t, func(c *recurrent.LSTM) { c.Precision = precision })
		missing, err := models.LoadWeights(m.Params(), "testdata/torch_forecaster.safetensors")
		if err != nil || len(missing) > 0 {
			t.Fatalf("missing %v: %v", missing, err)
		}
		p, err := m.Predict(context.Background(), torchBatch(g))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "forecast in "+precision, p.Mean.Data, g.Forecast, tolerance)
	}
}

// A state dict of torch.nn.LSTM itself has no prefix and no head.
func TestBareStateDictLoads(t *testing.T) {
	g := readGolden(t)
	m := torchModel(t, nil)
	missing, err := models.LoadWeights(m.Params(), "testdata/torch_lstm.safetensors")
	if err != nil || !slices.Equal(missing, []string{"head.weight", "head.bias"}) {
		t.Fatalf("missing %v: %v", missing, err)
	}
	p := graph.NewParams(graph.Float64, 1)
	c := layers.DefaultConfig(2, 5)
	c.Layers = 2
	rnn, err := layers.NewLSTM(p, "rnn", c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := models.LoadWeights(p, "testdata/torch_lstm.safetensors"); err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(p)
	hs, _ := rnn.Apply(b, b.Input("x", 7, 3, 2), nil, nil)
	prog, err := b.Compile(nil, graph.Output{Name: "hs", Node: hs})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	if err := prog.Set("x", g.X); err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	got, _, err := prog.Output("hs")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "hidden states", got, g.Hs, 1e-12)
}

func TestWeightsThatDoNotFit(t *testing.T) {
	for want, change := range map[string]func(*recurrent.LSTM){
		"saved with hidden = 5, the model has 16": func(c *recurrent.LSTM) { c.Hidden = 16 },
		"saved with 2 input columns, the model":   nil,
		"is no parameter of the model":            func(c *recurrent.LSTM) { c.Layers = 1 },
	} {
		m := torchModel(t, change)
		if change == nil {
			m = wider(t)
		}
		before := m.Params().CopyFloats()
		_, err := models.LoadWeights(m.Params(), "testdata/torch_forecaster.safetensors")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "torch_forecaster.safetensors") {
			t.Errorf("want %q, got %v", want, err)
		}
		if !slices.Equal(before, m.Params().CopyFloats()) {
			t.Error("a refused file changed the weights")
		}
	}
	gru := recurrent.DefaultGRU()
	gru.Hidden, gru.Layers = 5, 2
	m, err := gru.New(torchLayout(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := models.LoadWeights(m.Params(), "testdata/torch_lstm.safetensors"); err == nil || !strings.Contains(err.Error(), "4 gates, the model's 3") {
		t.Errorf("an LSTM's weights in a GRU: %v", err)
	}
}

// What Save writes loads strictly into PyTorch, and forecasts the same there. It needs python3 with torch.
func TestPyTorchLoadsWhatIsSaved(t *testing.T) {
	args := []string{"testdata/torch_golden.py", "check"}
	var mine [][]float64
	tolerances := []float64{1e-12, 1e-6} // float64, float32
	for _, precision := range []string{"float64", "float32"} {
		m := torchModel(t, func(c *recurrent.LSTM) { c.Precision = precision })
		path := filepath.Join(t.TempDir(), "model.safetensors")
		if err := models.Save(path, m.Params(), models.Spec{Model: "lstm"}); err != nil {
			t.Fatal(err)
		}
		p, err := m.Predict(context.Background(), torchBatch(readGolden(t)))
		if err != nil {
			t.Fatal(err)
		}
		args, mine = append(args, path), append(mine, p.Mean.Data)
	}
	var text []byte
	found := false
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		out, err := exec.Command(python, args...).Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() != 77 { // 77 stands for a missing package
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		if err == nil {
			text, found = out, true
			break
		}
	}
	if !found {
		t.Skip("python3 with torch is not there")
	}
	var theirs [][]float64
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatal(err)
	}
	for i := range mine {
		near(t, filepath.Base(args[2+i]), mine[i], theirs[i], tolerances[i])
	}
}
