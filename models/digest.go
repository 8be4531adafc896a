package models

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"lenz/internal/safetensors"
)

// digestKey holds the digest of a file in its metadata.
const digestKey = "lenz.sha256"

// digest is the SHA-256 of a specification's text and of the tensors by name: a bit that turned on a disk would otherwise change
// forecasts without a word.
func digest(spec string, tensors []safetensors.Tensor) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s\n", len(spec), spec)
	byName := func(a, b safetensors.Tensor) int { return strings.Compare(a.Name, b.Name) }
	for _, t := range slices.SortedFunc(slices.Values(tensors), byName) {
		fmt.Fprintf(h, "%q %v %T\n", t.Name, t.Shape, t.Data)
		if err := binary.Write(h, binary.LittleEndian, t.Data); err != nil {
			return "", fmt.Errorf("models: tensor %s: %w", t.Name, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// checkDigest compares a file that was read with the digest in its metadata; files without one pass.
func checkDigest(path string, tensors []safetensors.Tensor, metadata map[string]string) error {
	want, ok := metadata[digestKey]
	if !ok {
		return nil
	}
	got, err := digest(metadata[metadataKey], tensors)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("models: %s is damaged: its SHA-256 is %.12s..., not %.12s... as when it was saved; restore it or train again (changed on purpose? take %s out of its metadata)",
			path, got, want, digestKey)
	}
	return nil
}
