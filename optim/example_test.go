package optim_test

import (
	"fmt"

	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

// An optimizer from its settings, behind a clip and under a schedule, on Beale's function.
func Example() {
	const steps = 400
	adam := optim.DefaultAdam()
	adam.Rate = 0.05
	o, err := adam.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	clip, err := optim.NewClipNorm(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	cosine, err := optim.DefaultCosine().New()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := optim.WithSchedule(optim.Chain(o, clip), cosine, steps)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := optimtest.NewModel(optimtest.Beale(), tensor.Float64)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, until := range []int{200, steps} {
		if err := m.Run(s, until-s.Progress().Update); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("after %d steps: loss below 0.001: %v, next rate %.3f\n", until, m.Loss() < 1e-3, s.Rate())
	}
	// Output:
	// after 200 steps: loss below 0.001: true, next rate 0.025
	// after 400 steps: loss below 0.001: true, next rate 0.000
}

// A name and texts, as a command line has them.
func ExampleLookup() {
	e, err := optim.Lookup("adam")
	if err != nil {
		fmt.Println(err)
		return
	}
	fields, err := e.Settings()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s (%s)\n", e.Name, e.Summary, e.Source)
	for _, f := range fields {
		fmt.Printf("  %s = %s: %s\n", f.Name, f.Value, f.Doc)
	}
	o, err := e.New(map[string]string{"rate": "0.003"})
	fmt.Println(o.Rate(), err)
	_, err = e.New(map[string]string{"bta1": "0.9"})
	fmt.Println(err)
	// Output:
	// adam: steps scaled by running moments of the gradient (Kingma & Ba 2015)
	//   rate = 0.001: alpha, the step size
	//   beta1 = 0.9: decay of the mean of gradients
	//   beta2 = 0.999: decay of the mean of squared gradients
	//   epsilon = 1e-08: added to the root of the mean square, outside it
	// 0.003 <nil>
	// adam: unknown setting "bta1": the settings are rate, beta1, beta2, epsilon; did you mean "beta1"?
}

// A rise over ten updates, then half a cosine.
func ExampleWarmup() {
	cosine, err := optim.DefaultCosine().New()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := optim.Warmup(10, cosine)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, update := range []int{0, 4, 9, 10, 60, 110} {
		fmt.Printf("%d: %.2f\n", update, s.Factor(optim.Progress{Update: update, Total: 110}))
	}
	// Output:
	// 0: 0.10
	// 4: 0.50
	// 9: 1.00
	// 10: 1.00
	// 60: 0.50
	// 110: 0.00
}
