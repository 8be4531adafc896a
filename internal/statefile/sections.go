package statefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"lenz/internal/safetensors"
)

// Sections returns a short sum of each part of the files: each value or state at the top of the tree, and each tensor. Kept as metadata
// of the tensors' file, they tell where a file is damaged; that it is, a sum of the whole must tell.
func Sections(tree []byte, tensors []safetensors.Tensor) (map[string]string, error) {
	parts, err := treeSections(tree)
	if err != nil {
		return nil, err
	}
	ofTensors, err := tensorSections(tensors)
	maps.Copy(parts, ofTensors)
	return parts, err
}

const (
	treePrefix   = "crc32c of state "
	tensorPrefix = "crc32c of tensor "
)

func treeSections(tree []byte) (map[string]string, error) {
	var root struct{ State map[string]json.RawMessage }
	if err := json.Unmarshal(tree, &root); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("the tree is no JSON after its first %d bytes: %w", syntax.Offset, err)
		}
		return nil, fmt.Errorf("the tree is none of a state: %w", err)
	}
	sums := make(map[string]string, len(root.State))
	table := crc32.MakeTable(crc32.Castagnoli)
	for key, text := range root.State {
		sums[treePrefix+key] = fmt.Sprintf("%08x", crc32.Checksum(text, table))
	}
	return sums, nil
}

func tensorSections(tensors []safetensors.Tensor) (map[string]string, error) {
	sums := make(map[string]string, len(tensors))
	for _, t := range tensors {
		sum, err := t.Checksum()
		if err != nil {
			return nil, err
		}
		sums[tensorPrefix+t.Name] = fmt.Sprintf("%08x", sum)
	}
	return sums, nil
}

// TreeDamage says which part of a tree, that is known to be damaged, differs from what the sections say.
func TreeDamage(tree []byte, sections map[string]string) string {
	found, err := treeSections(tree)
	if err != nil {
		return err.Error()
	}
	return differing("state ", treePrefix, found, sections)
}

// TensorDamage is TreeDamage for tensors that could be read, with what stood beside them in their file.
func TensorDamage(tensors []safetensors.Tensor, sections map[string]string) string {
	found, err := tensorSections(tensors)
	if err != nil {
		return err.Error()
	}
	return differing("tensor ", tensorPrefix, found, sections)
}

// differing names the sections of a kind that have changed; it is the frame around them if none has.
func differing(what, prefix string, found, sections map[string]string) string {
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if want, there := sections[key]; there && want != found[key] {
			return fmt.Sprintf("%s%.60q has changed", what, key[len(prefix):])
		}
	}
	return "outside of the values, which are as they were, or no sums of them are there"
}
