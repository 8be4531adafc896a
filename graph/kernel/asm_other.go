//go:build noasm || !amd64

package kernel

// Without assembly active stays pureGo, and none of these is called.

const noAssembly = "kernel: assembly called where there is none"

func detect() instructions { return pureGo }

func runTiles32(int, *tiles) { panic(noAssembly) }

func runTiles64(int, *tiles) { panic(noAssembly) }

func runWide(int, *tiles) { panic(noAssembly) }

func dots32(_, _, _ *float32, _, _, _ int) { panic(noAssembly) }

func dots64(_, _, _ *float64, _, _, _ int) { panic(noAssembly) }

func solve32(int, *float32, *float32, int, int) { panic(noAssembly) }

func solve64(int, *float64, *float64, int, int) { panic(noAssembly) }

func packWhole(_, _ *uint64, _, _, _ int) { panic(noAssembly) }

func turn32(_, _ *float32, _, _, _, _ int) { panic(noAssembly) }

func turn64(_, _ *float64, _, _, _, _ int) { panic(noAssembly) }

func vector32(vectorFunc, *float32, *float32, int) { panic(noAssembly) }

func vector64(vectorFunc, *float64, *float64, int) { panic(noAssembly) }

func cell32(cellFunc, *cellArgs) { panic(noAssembly) }

func runUpdate(bool, rule, *updateArgs) { panic(noAssembly) }

func nonfinite32(*float32, int) uint64 { panic(noAssembly) }

func dot32(_ *float64, _, _ *float32, _ int) { panic(noAssembly) }

func pause() {}
