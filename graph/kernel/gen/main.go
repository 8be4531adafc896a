// Command gen writes the assembly of package kernel with avo:
//
//	go run . -set gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg kernel
//
// Every kernel is written once, for registers of any width, and emitted for AVX2 with FMA and for AVX-512.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	log.SetFlags(0)
	sets := map[string]func(){"gemm": gemmSet, "vector": vectorSet, "cells": cellSet, "optim": optimSet, "pause": pauseSet, "wide": wideSet, "bits": bitSet, "glass": glassSet, "sparse": sparseSet, "binary": binarySet}
	name := flag.String("set", "gemm", "which kernels: gemm, vector, cells, optim, pause, wide, bits, glass, sparse, binary")
	flag.Parse()
	set, ok := sets[*name]
	if !ok {
		log.Fatalf("gen: no set %q", *name)
	}
	ConstraintExpr("!noasm")
	set()
	Generate()
}
