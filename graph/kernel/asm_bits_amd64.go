//go:build !noasm

package kernel

//go:generate go -C gen run . -set bits -out ../bits_amd64.s -stubs ../bits_amd64.go -pkg kernel

// bernoulli draws blocks of eight words.
func bernoulli(dst, need *uint64, blocks int, levels, state *uint64) {
	if active == withAVX512 {
		bernoulliAVX512(dst, need, blocks, levels, state)
		return
	}
	bernoulliAVX2(dst, need, blocks, levels, state)
}
