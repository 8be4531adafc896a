//go:build !noasm

package kernel

import "unsafe"

//go:generate go -C gen run . -set bits -out ../bits_amd64.s -stubs ../bits_amd64.go -pkg kernel

// bernoulli draws blocks of eight words.
func bernoulli(dst, need *uint64, blocks int, levels, state *uint64) {
	if active == withAVX512 {
		bernoulliAVX512(dst, need, blocks, levels, state)
		return
	}
	bernoulliAVX2(dst, need, blocks, levels, state)
}

// drawRows draws blocks of sixteen values for each of eight rows.
func drawRows(dst, p *float32, blocks, stride int, state *[4][BitLanes]uint64) {
	if active == withAVX512 {
		drawRowsAVX512(dst, p, blocks, stride, &state[0][0])
		return
	}
	// Four rows of half as many values a block, and four more.
	drawRowsAVX2(dst, p, 2*blocks, stride, &state[0][0])
	rest := uintptr(BitLanes / 2 * stride)
	drawRowsAVX2((*float32)(unsafe.Add(unsafe.Pointer(dst), rest)), (*float32)(unsafe.Add(unsafe.Pointer(p), rest)), 2*blocks, stride, &state[0][BitLanes/2])
}
