package main

import (
	. "github.com/mmcloughlin/avo/build"
)

// pauseSet emits a hint to the processor that a loop waits.
func pauseSet() {
	TEXT("pause", NOSPLIT, "func()")
	Doc("pause tells the processor that the loop around it waits.")
	for range 4 {
		PAUSE()
	}
	RET()
}
