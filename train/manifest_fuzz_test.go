package train_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lenz/internal/bounded"
	"lenz/train"
)

// Any bytes in place of a checkpoint's manifest, tree and tensors are refused by an error that names a file, or are the checkpoint
// that they were.
func FuzzCheckpoint(f *testing.F) {
	dir := f.TempDir()
	c, err := train.WriteCheckpoint(dir, 1, 5, someState(1))
	if err != nil {
		f.Fatal(err)
	}
	var sound [3][]byte
	for i, name := range []string{"manifest.json", "state.json", "state.safetensors"} {
		if sound[i], err = os.ReadFile(filepath.Join(c.Path, name)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(sound[0], sound[1], sound[2])
	f.Add([]byte("{}"), sound[1], sound[2])
	f.Add([]byte("{"), sound[1], sound[2])
	f.Add(sound[0], []byte("{}"), sound[2])
	f.Add(sound[0], sound[1], []byte{})
	f.Add([]byte(strings.Replace(string(sound[0]), `"version": 1`, `"version": 2`, 1)), sound[1], sound[2])
	f.Add([]byte(strings.Replace(string(sound[0]), "state.json", "../state.json", 1)), sound[1], sound[2])
	f.Fuzz(func(t *testing.T, manifest, tree, tensors []byte) {
		dir := t.TempDir()
		for name, b := range map[string][]byte{"manifest.json": manifest, "state.json": tree, "state.safetensors": tensors} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		over := bounded.Run(func() bounded.Limits {
			c, err := train.OpenCheckpoint(dir)
			if err == nil && c == nil || err != nil && !strings.Contains(err.Error(), dir) {
				t.Errorf("checkpoint %v, error %v", c, err)
			}
			return bounded.Decoded(len(tree) + len(tensors))
		})
		if over != nil {
			t.Error(over)
		}
	})
}
