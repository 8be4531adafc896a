//go:build noasm || !amd64

package kernel

func bitsOfRow(_ *uint32, _ *float32, _, _ int) uint64        { panic(noAssembly) }
func bitsOfColumns(_ *uint32, _ *float32, _, _, _ int) uint64 { panic(noAssembly) }
func subsets(_, _ *float32, _, _ int)                         { panic(noAssembly) }
func lookup(_ int, _ *float32, _ *byte, _ *float32, _ int)    { panic(noAssembly) }
