package dynamics_test

import (
	"fmt"

	"lenz/datasets/dynamics"
)

// Two neighbours of the Lorenz attractor part at the rate of the largest exponent, 0.906 (Benettin's method).
func ExampleLyapunov() {
	s, err := dynamics.Lorenz63(10, 28, 8.0/3, 0.01)
	if err != nil {
		fmt.Println(err)
		return
	}
	o := dynamics.DefaultLyapunov()
	o.Steps = 100000
	spectrum, err := dynamics.Lyapunov(s, []float64{1, 2, 20}, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f\n", spectrum.Exponents[0])
	// Output: 0.9
}
