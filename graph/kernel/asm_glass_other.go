//go:build noasm || !amd64

package kernel

func glassSweep(_, _ *uint64, _ *int32, _ *uint8, _ int, _ *uint64) { panic(noAssembly) }

func countParity(_, _, _, _ *uint64, _ *int32, _, _ int) { panic(noAssembly) }
