//go:build noasm || !amd64

package kernel

func bernoulli(_, _ *uint64, _ int, _, _ *uint64) { panic(noAssembly) }
