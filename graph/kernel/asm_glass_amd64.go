//go:build !noasm

package kernel

import "unsafe"

//go:generate go -C gen run . -set glass -out ../glass_amd64.s -stubs ../glass_amd64.go -pkg kernel

// upper is the second half of eight words, which AVX2 takes in a second run.
func upper(p *uint64) *uint64 { return (*uint64)(unsafe.Add(unsafe.Pointer(p), 32)) }

func glassSweep(spins, signs *uint64, near *int32, class *uint8, sites int, masks *uint64) {
	if active == withAVX512 {
		glassSweepAVX512(spins, signs, near, class, sites, masks)
		return
	}
	glassSweepAVX2(spins, signs, near, class, sites, masks)
	glassSweepAVX2(upper(spins), upper(signs), near, class, sites, masks)
}

func countParity(planes, a, b, c *uint64, at *int32, blocks, high int) {
	if active == withAVX512 {
		countParityAVX512(planes, a, b, c, at, blocks, high)
		return
	}
	countParityAVX2(planes, a, b, c, at, blocks, high)
	countParityAVX2(upper(planes), upper(a), upper(b), upper(c), at, blocks, high)
}
