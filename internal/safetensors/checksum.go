package safetensors

import (
	"fmt"
	"hash/crc32"
)

// Checksum returns the CRC-32C (Castagnoli) of the tensor's bytes as they stand in a file: it tells quickly which tensor of a damaged
// file has changed, and is no proof that none has.
func (t Tensor) Checksum() (uint32, error) {
	kind, n, err := t.check()
	if err != nil {
		return 0, fmt.Errorf("safetensors: tensor %q: %w", t.Name, err)
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	err = entry{name: t.Name, kind: kind, end: n * kind.size}.store(sum, t.Data)
	return sum.Sum32(), err
}
