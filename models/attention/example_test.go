package attention_test

import (
	"fmt"

	"lenz/models/attention"
)

// A memory of three patterns restores one of them from a damaged state.
func ExampleMemory() {
	patterns := []float64{
		1, 1, 1, -1, -1, -1,
		1, -1, 1, -1, 1, -1,
		-1, -1, 1, 1, -1, -1,
	}
	m, err := attention.NewMemory(patterns, 6, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := m.Retrieve([]float64{1, 0, 1, 0, 1, 0}, 1e-6, 10)
	fmt.Printf("pattern %d, %.2f after %d updates %v\n", r.Pattern, r.State, r.Steps, err)
	// Output: pattern 1, [1.00 -1.00 1.00 -1.00 1.00 -1.00] after 3 updates <nil>
}
