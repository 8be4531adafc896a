// Package statefile turns a state tree into files and back without losing a bit: the tree and its single values are
// JSON that a person can read, its slices of numbers are tensors of a safetensors file, named by their path.
package statefile

import (
	"bytes"
	"encoding/json"
	"fmt"

	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lenz/internal/safetensors"
	"lenz/internal/state"
)

// node is a value in JSON: one of its fields is set. Numbers are texts, since JSON's have neither 64-bit integers nor
// infinities.
type node struct {
	State   map[string]*node `json:"state,omitempty"`
	Bool    *bool            `json:"bool,omitempty"`
	Int     *string          `json:"int,omitempty"`
	Uint64  *string          `json:"uint64,omitempty"`
	Float64 *string          `json:"float64,omitempty"`
	String  *string          `json:"string,omitempty"`
	Strings []string         `json:"strings,omitempty"`
	Empty   string           `json:"empty,omitempty"` // "state" or "strings"
}

// Encode returns the tree as JSON and its slices as tensors, in the order of their paths (keys joined with "/"). A
// value of another type than State allows is an error that names its path.
func Encode(s state.State) (tree []byte, tensors []safetensors.Tensor, err error) {
	root, err := encodeState("", s, &tensors)
	if err != nil {
		return nil, nil, err
	}
	tree, err = json.MarshalIndent(root, "", " ")
	return append(tree, '\n'), tensors, err
}

func encodeState(path string, s state.State, tensors *[]safetensors.Tensor) (*node, error) {
	if len(s) == 0 {
		return &node{Empty: "state"}, nil
	}
	n := &node{State: make(map[string]*node, len(s))}
	for _, key := range state.Keys(s) {
		if key == "" || strings.Contains(key, "/") || !utf8.ValidString(key) {
			return nil, fmt.Errorf("state %s: the key %q is empty, has a /, or is not UTF-8", path, key)
		}
		at := key
		if path != "" {
			at = path + "/" + key
		}
		child, err := encode(at, s[key], tensors)
		if err != nil {
			return nil, err
		}
		if child != nil {
			n.State[key] = child
		}
	}
	if len(n.State) == 0 { // only tensors
		n.Empty = "state"
	}
	return n, nil
}

// encode returns nil for a value that became a tensor.
func encode(path string, value any, tensors *[]safetensors.Tensor) (*node, error) {
	tensor := func(n int, data any) (*node, error) {
		*tensors = append(*tensors, safetensors.Tensor{Name: path, Shape: []int{n}, Data: data})
		return nil, nil
	}
	text := func(s string) *string { return &s }
	switch v := value.(type) {
	case state.State:
		return encodeState(path, v, tensors)
	case bool:
		return &node{Bool: &v}, nil
	case int:
		return &node{Int: text(strconv.Itoa(v))}, nil
	case uint64:
		return &node{Uint64: text(strconv.FormatUint(v, 10))}, nil
	case float64:
		return &node{Float64: text(strconv.FormatFloat(v, 'g', -1, 64))}, nil
	case string:
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("state %s: the text %q is not UTF-8", path, v)
		}
		return &node{String: &v}, nil
	case []string:
		if i := slices.IndexFunc(v, func(s string) bool { return !utf8.ValidString(s) }); i >= 0 {
			return nil, fmt.Errorf("state %s: the text %q is not UTF-8", path, v[i])
		}
		if len(v) == 0 {
			return &node{Empty: "strings"}, nil
		}
		return &node{Strings: v}, nil
	case []bool:
		return tensor(len(v), v)
	case []uint64:
		return tensor(len(v), v)
	case []float32:
		return tensor(len(v), v)
	case []float64:
		return tensor(len(v), v)
	case []int:
		wide := make([]int64, len(v))
		for i, e := range v {
			wide[i] = int64(e)
		}
		return tensor(len(v), wide)
	}
	return nil, fmt.Errorf("state %s: a %T cannot be saved; a state holds bool, int, uint64, float64, string, slices of them, []float32 and states", path, value)
}

// Decode is the reverse of Encode. The state holds the tensors' own slices.
func Decode(tree []byte, tensors []safetensors.Tensor) (state.State, error) {
	d := json.NewDecoder(bytes.NewReader(tree))
	d.DisallowUnknownFields()
	var root node
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("the tree is not proper JSON: %w", err)
	}
	v, err := decode("", &root)
	if err != nil {
		return nil, err
	}
	s, ok := v.(state.State)
	if !ok {
		return nil, fmt.Errorf("the tree is a %T, want a state", v)
	}
	for _, t := range tensors {
		if err := graft(s, t); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	return s, nil
}

func decode(path string, n *node) (any, error) {
	v, err := value(path, n)
	if err != nil {
		return nil, fmt.Errorf("state %s: %w", path, err)
	}
	return v, nil
}

func value(path string, n *node) (any, error) {
	switch {
	case n == nil:
		return nil, fmt.Errorf("it has no value")
	case n.State != nil:
		s := make(state.State, len(n.State))
		for key, child := range n.State {
			v, err := decode(path+"/"+key, child)
			if err != nil {
				return nil, err
			}
			s[key] = v
		}
		return s, nil
	case n.Empty == "state":
		return state.State{}, nil
	case n.Empty == "strings":
		return []string{}, nil
	case n.Bool != nil:
		return *n.Bool, nil
	case n.Int != nil:
		return strconv.Atoi(*n.Int)
	case n.Uint64 != nil:
		return strconv.ParseUint(*n.Uint64, 10, 64)
	case n.Float64 != nil:
		return strconv.ParseFloat(*n.Float64, 64)
	case n.String != nil:
		return *n.String, nil
	case n.Strings != nil:
		return n.Strings, nil
	}
	return nil, fmt.Errorf("it has no value of a known type")
}

// graft puts a tensor where its path says.
func graft(s state.State, t safetensors.Tensor) error {
	keys := strings.Split(t.Name, "/")
	for _, key := range keys[:len(keys)-1] {
		inner, ok := s[key].(state.State)
		if !ok {
			return fmt.Errorf("the tree has no state %q", key)
		}
		s = inner
	}
	last := keys[len(keys)-1]
	if _, taken := s[last]; taken {
		return fmt.Errorf("the tree has a value there")
	}
	switch d := t.Data.(type) {
	case []bool, []uint64, []float32, []float64:
		s[last] = d
	case []int64:
		narrow := make([]int, len(d))
		for i, v := range d {
			if int64(int(v)) != v {
				return fmt.Errorf("%d does not fit an int of %d bits", v, strconv.IntSize)
			}
			narrow[i] = int(v)
		}
		s[last] = narrow
	default:
		return fmt.Errorf("a state holds no %T", t.Data)
	}
	return nil
}
