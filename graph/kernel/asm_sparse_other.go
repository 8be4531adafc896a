//go:build noasm || !amd64

package kernel

func sparse64(_, _, _ *float64, _ *int32, _ *int, _ int) { panic(noAssembly) }

func affine64(_, _, _, _ *float64, _, _ int) int { panic(noAssembly) }
