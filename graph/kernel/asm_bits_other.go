//go:build noasm || !amd64

package kernel

func bernoulli(_, _ *uint64, _ int, _, _ *uint64) { panic(noAssembly) }

func drawRows(_, _ *float32, _, _ int, _ *[4][BitLanes]uint64) { panic(noAssembly) }
