package models

import (
	"fmt"
	"slices"
	"strings"

	"lenz/graph"
	"lenz/internal/near"
	"lenz/internal/safetensors"
)

// Save writes the parameters, and the specification in the metadata, as a safetensors file, which appears whole or not at
// all. The tensors load in PyTorch under their names.
func Save(path string, p *graph.Params, spec Spec) error {
	text, err := spec.encode()
	if err != nil {
		return err
	}
	var tensors []safetensors.Tensor
	for _, q := range p.All() {
		tensors = append(tensors, safetensors.Tensor{Name: q.Name(), Shape: slices.Clone(q.Shape()), Data: q.Value().Data()})
	}
	sum, err := digest(text, tensors)
	if err != nil {
		return err
	}
	return safetensors.WriteFile(path, tensors, map[string]string{"format": "pt", metadataKey: text, digestKey: sum})
}

// ReadSpec returns the specification of a saved model. A file that is damaged, in its specification or its weights, is an error.
func ReadSpec(path string) (Spec, error) {
	tensors, metadata, err := safetensors.ReadFile(path)
	if err != nil {
		return Spec{}, err
	}
	if err := checkDigest(path, tensors, metadata); err != nil {
		return Spec{}, err
	}
	return decodeSpec(path, metadata)
}

// LoadWeights sets parameters from a safetensors file, saved by Save or from a PyTorch state dict. Names are the
// model's; a recurrent weight may also stand without its prefix (a state dict of torch.nn.LSTM itself) or with another
// one (lstm.weight_ih_l0). F32 and F64 are converted to the parameters' precision. It returns the names of the
// parameters that the file does not have, which keep their values; a tensor that is none of the parameters, or has
// another shape, is an error and changes nothing.
func LoadWeights(p *graph.Params, path string) (missing []string, err error) {
	tensors, _, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if missing, err = setWeights(p, tensors); err != nil {
		return nil, fmt.Errorf("models: %s: %w", path, err)
	}
	return missing, nil
}

func setWeights(p *graph.Params, tensors []safetensors.Tensor) (missing []string, err error) {
	if err := checkShapes(p, tensors); err != nil {
		return nil, err
	}
	found := map[string][]float64{}
	from := map[string]string{}
	for _, t := range tensors {
		q, err := target(p, t.Name)
		if err != nil {
			return nil, err
		}
		if other, twice := from[q.Name()]; twice {
			return nil, fmt.Errorf("tensors %s and %s are both parameter %s; leave one out", other, t.Name, q.Name())
		}
		from[q.Name()] = t.Name
		if found[q.Name()], err = floats(t); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the file has no tensors")
	}
	all, at := p.CopyFloats(), 0
	for _, q := range p.All() {
		v, ok := found[q.Name()]
		if !ok {
			missing = append(missing, q.Name())
		}
		copy(all[at:], v)
		at += q.Size()
	}
	return missing, p.SetFloats(all)
}

// target is the parameter that a tensor of the name is for.
func target(p *graph.Params, name string) (*graph.Param, error) {
	if q := p.ByName(name); q != nil {
		return q, nil
	}
	short := name[strings.LastIndex(name, ".")+1:]
	for _, kind := range []string{"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"} {
		if q := p.ByName("rnn." + short); q != nil && strings.HasPrefix(short, kind) {
			return q, nil
		}
	}
	var names []string
	for _, q := range p.All() {
		names = append(names, q.Name())
	}
	return nil, fmt.Errorf("tensor %s is no parameter of the model%s (its parameters are %s); rename it, or choose the model and settings it was saved from",
		name, near.Suggest(name, names), strings.Join(names, ", "))
}

// checkShapes refuses shapes that differ, and tells of a recurrent matrix first, since it says why.
func checkShapes(p *graph.Params, tensors []safetensors.Tensor) error {
	var first error
	for _, t := range tensors {
		q, err := target(p, t.Name)
		if err != nil {
			return err
		}
		if slices.Equal(t.Shape, []int(q.Shape())) {
			continue
		}
		if strings.Contains(t.Name, "weight_hh") {
			return shapeError(t, q)
		}
		if first == nil {
			first = shapeError(t, q)
		}
	}
	return first
}

// shapeError names both sides, and the setting that differs where the shapes tell.
func shapeError(t safetensors.Tensor, q *graph.Param) error {
	short := q.Name()[strings.LastIndex(q.Name(), ".")+1:]
	why := "choose the settings it was saved with"
	matrix := len(t.Shape) == 2 && t.Shape[1] > 0
	switch recurrent := matrix && strings.HasPrefix(short, "weight_hh"); {
	case recurrent && t.Shape[1] != q.Shape()[1]:
		why = fmt.Sprintf("the file was saved with hidden = %d, the model has %d", t.Shape[1], q.Shape()[1])
	case recurrent:
		why = fmt.Sprintf("the file's cell has %d gates, the model's %d (rnn 1, gru 3, lstm 4)", t.Shape[0]/t.Shape[1], q.Shape()[0]/q.Shape()[1])
	case matrix && short == "weight_ih_l0" && t.Shape[0] == q.Shape()[0]:
		why = fmt.Sprintf("the file was saved with %d input columns, the model has %d", t.Shape[1], q.Shape()[1])
	case q.Name() == "head.weight" || q.Name() == "head.bias":
		why = "the head differs: choose the horizon, targets and head it was saved with"
	}
	return fmt.Errorf("%s is %v, want %v: %s", t.Name, t.Shape, []int(q.Shape()), why)
}

func floats(t safetensors.Tensor) ([]float64, error) {
	switch d := t.Data.(type) {
	case []float64:
		return d, nil
	case []float32:
		out := make([]float64, len(d))
		for i, v := range d {
			out[i] = float64(v)
		}
		return out, nil
	}
	return nil, fmt.Errorf("tensor %s is %s; convert it to F32 or F64", t.Name, t.DType)
}
