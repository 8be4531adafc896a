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

// NG-RC has no units: of a system that is a polynomial, such as the logistic map, it finds the equation.
func ExampleNGRC() {
	next := func(x float64) float64 { return 3.8 * x * (1 - x) }
	u := []float64{0.4}
	for len(u) < 201 {
		u = append(u, next(u[len(u)-1]))
	}
	config := reservoir.DefaultNGRC() // constant, values and products of two
	config.Delays = 1
	machine, err := config.New(1)
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
	if _, err := net.Fit(u[:200], u[1:], 0, 1e-12); err != nil {
		fmt.Println(err)
		return
	}
	state, forecast := make([]float64, net.StateSize()), make([]float64, 5)
	net.Warm(state, u)
	if err := net.Generate(forecast, state, []float64{u[200]}, nil); err != nil {
		fmt.Println(err)
		return
	}
	truth := u[200]
	for _, y := range forecast {
		truth = next(truth)
		fmt.Printf("%.4f, the map has %.4f\n", y, truth)
	}
	// Output:
	// 0.8472, the map has 0.8472
	// 0.4918, the map has 0.4918
	// 0.9497, the map has 0.9497
	// 0.1814, the map has 0.1814
	// 0.5642, the map has 0.5642
}

// Reservoirs that hear only their neighbourhood forecast a field on a ring: four groups of four columns with an overlap of two on each side. The
// wave is the same everywhere, and so one readout serves all.
func ExampleLocal() {
	const columns, rows, ahead = 16, 600, 50
	wave := func(t, i int) float64 { return math.Sin(2*math.Pi*float64(i)/columns - float64(t)/7) }
	var u []float64
	for t := range rows + 1 {
		for i := range columns {
			u = append(u, wave(t, i))
		}
	}
	config := reservoir.DefaultESN()
	config.Units = 100
	parts, err := reservoir.Local(config, columns, 4, 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	options := reservoir.Options{Inputs: columns, Outputs: columns, Pooled: true}
	for i := range columns {
		options.Feed = append(options.Feed, i)
	}
	net, err := reservoir.NewNetwork(options, parts...)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := net.Fit(u[:rows*columns], u[columns:], 100, 1e-4); err != nil {
		fmt.Println(err)
		return
	}
	state, forecast := make([]float64, net.StateSize()), make([]float64, ahead*columns)
	net.Warm(state, u)
	if err := net.Generate(forecast, state, u[rows*columns:], nil); err != nil {
		fmt.Println(err)
		return
	}
	worst := 0.0
	for h := range ahead {
		for i := range columns {
			worst = max(worst, math.Abs(forecast[h*columns+i]-wave(rows+1+h, i)))
		}
	}
	fmt.Printf("within 0.05 of the wave for %d steps: %v\n", ahead, worst < 0.05)
	// Output: within 0.05 of the wave for 50 steps: true
}

// A reservoir that hears nothing but its own output goes on with the sine that it was taught.
func ExampleESN_NewFedBack() {
	config := reservoir.DefaultESN()
	config.Units, config.Feedback = 100, 0.5
	machine, err := config.NewFedBack(0, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	options := reservoir.Options{Inputs: 1, Outputs: 1, Noise: 1e-4} // noise steadies the loop
	net, err := reservoir.NewNetwork(options, reservoir.Part{Machine: machine, Out: []int{0}, Back: []int{0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	silence, sine := make([]float64, 1000), make([]float64, 1000)
	for t := range sine {
		sine[t] = math.Sin(float64(t) / 5)
	}
	walk := net.NewWalk()
	if err := net.Learn(walk, silence, sine, 100); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := net.Solve(1e-5); err != nil {
		fmt.Println(err)
		return
	}
	y := make([]float64, 1)
	for range 50 {
		net.Step(walk.State, silence[:1])
		net.Output(y, walk.State, silence[:1])
	}
	fmt.Printf("%.1f, the sine is %.1f\n", y[0], math.Sin(1049.0/5))
	// Output: 0.6, the sine is 0.6
}
