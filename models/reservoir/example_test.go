package reservoir_test

import (
	"fmt"
	"math"

	"lenz/models/reservoir"
)

// A reservoir learns a sine in one pass and goes on with it by itself.
func ExampleNetwork() {
	u := make([]float64, 1001)
	for t := range u {
		u[t] = math.Sin(float64(t) / 10)
	}
	machine, err := reservoir.DefaultESN().New(1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	column := []int{0}
	net, err := reservoir.NewNetwork(reservoir.Options{Inputs: 1, Outputs: 1, Feed: column}, reservoir.Part{Machine: machine, In: column, Out: column})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The output of a row is the input of the next; 100 rows of washout, a ridge of 1e-6.
	if _, err := net.Fit(u[:1000], u[1:], 100, 1e-6); err != nil {
		fmt.Println(err)
		return
	}
	state, forecast := make([]float64, net.StateSize()), make([]float64, 50)
	net.Warm(state, u)
	if err := net.Generate(forecast, state, u[1000:], nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f, the sine is %.2f\n", forecast[49], math.Sin(105))
	// Output: -0.97, the sine is -0.97
}
