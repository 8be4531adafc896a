package diagnose_test

import (
	"fmt"
	"math/rand/v2"

	"lenz/internal/rng"
	"lenz/models/reservoir"
	"lenz/train/diagnose"
)

// Does a reservoir forget where it began, how far back does it remember, and how fast do neighbouring states meet? A ring of 20 linear units with
// a spectral radius of 0.9 can hold at most 20 inputs, the present one among
// them.
func Example() {
	config := reservoir.DefaultESN()
	config.Units, config.Radius, config.Weights, config.Activation, config.Bias = 20, 0.9, "cycle", "linear", 0
	ring, err := config.New(1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, r := make([]float64, 500), rand.New(rng.New(1, "drive"))
	for t := range u {
		u[t] = r.NormFloat64()
	}
	contraction, err := diagnose.EchoState(ring, u, 4, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	exponents, err := diagnose.Exponents(ring, u, 100, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	spec := diagnose.DefaultMemory()
	spec.Delays = 40
	memory, err := diagnose.Measure(ring, spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("states come together by a factor of %.2f a step\n", contraction.Rate)
	fmt.Printf("the largest exponent is %.3f\n", exponents[0])
	fmt.Printf("memory capacity %.0f\n", memory.Linear())
	// Output:
	// states come together by a factor of 0.90 a step
	// the largest exponent is -0.105
	// memory capacity 19
}
