//go:build !noasm

package kernel

//go:generate go -C gen run . -set binary -out ../binary_amd64.s -stubs ../binary_amd64.go -pkg kernel

func bitsOfRow(words *uint32, x *float32, n, stride int) uint64 {
	if active == withAVX512 {
		return bitsOfRowAVX512(words, x, n, stride)
	}
	return bitsOfRowAVX2(words, x, n, stride)
}

func bitsOfColumns(words *uint32, x *float32, rows, n, stride int) uint64 {
	if active == withAVX512 {
		return bitsOfColumnsAVX512(words, x, rows, n, stride)
	}
	return bitsOfColumnsAVX2(words, x, rows, n, stride)
}

func subsets(table, x *float32, groups, stride int) {
	if active == withAVX512 {
		subsetsAVX512(table, x, groups, stride)
		return
	}
	subsetsAVX2(table, x, groups, stride)
}

// lookup adds what eight or two times four bits choose.
func lookup(groups int, out *float32, words *byte, table *float32, rows int) {
	switch {
	case active == withAVX512 && groups == 8:
		lookup8AVX512(out, words, table, rows)
	case active == withAVX512:
		lookup2AVX512(out, words, table, rows)
	case groups == 8:
		lookup8AVX2(out, words, table, rows)
	default:
		lookup2AVX2(out, words, table, rows)
	}
}
