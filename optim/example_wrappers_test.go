package optim_test

import (
	"fmt"

	"gorgonia.org/tensor"

	"lenz/optim"
	"lenz/optim/optimtest"
)

// Sharpness-aware minimization around any optimizer: it evaluates the gradient twice a step, so it is run with the model's closure.
func ExampleNewSAM() {
	momentum := optim.DefaultMomentum()
	momentum.Rate = 0.002
	inner, err := momentum.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	sam, err := optim.NewSAM(inner, 0.01)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := optimtest.NewModel(optimtest.Beale(), tensor.Float64)
	if err != nil {
		fmt.Println(err)
		return
	}
	before := m.Loss()
	if err := m.Run(sam, 300); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("a tenth of the loss is left, or less:", m.Loss() < before/10)
	fmt.Println(sam.Step(m.ValueGrads()))
	// Output:
	// a tenth of the loss is left, or less: true
	// sam evaluates the gradient of a batch several times a step: give it the closure by StepWith
}

// The average of the weights serves, the weights themselves go on training: Evaluating swaps them.
func ExampleNewEMA() {
	sgd := optim.DefaultSGD()
	sgd.Rate = 0.1
	inner, err := sgd.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	ema, err := optim.NewEMA(inner, 0.9)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := optimtest.NewModel(optimtest.NoisyQuadratic(), tensor.Float64)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.Run(ema, 200); err != nil {
		fmt.Println(err)
		return
	}
	trained := m.Excess()
	if err := optim.Evaluating(ema, m.ValueGrads(), true); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the average lies nearer to the minimum:", m.Excess() < trained)
	if err := optim.Evaluating(ema, m.ValueGrads(), false); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the weights are back, to the bit:", m.Excess() == trained)
	// Output:
	// the average lies nearer to the minimum: true
	// the weights are back, to the bit: true
}

// Biases without decay and a head that learns ten times faster, by patterns of names.
func ExampleSetGroups() {
	o, err := optim.DefaultAdamW().New()
	if err != nil {
		fmt.Println(err)
		return
	}
	none, faster := 0.0, 10.0
	groups := []optim.Group{{Pattern: "*.bias", Decay: &none}, {Pattern: "head.*", Rate: &faster}}
	fmt.Println(optim.SetGroups(o, groups...))
	fmt.Println(optim.MatchGroups(groups, []string{"rnn.weight", "rnn.bias", "head.weight", "head.bias"}))
	fmt.Println(optim.MatchGroups(groups, []string{"rnn.weight", "rnn.bias", "haed.weight"}))
	// Output:
	// <nil>
	// <nil>
	// group head.* matches no parameter; the parameters are rnn.weight, rnn.bias, haed.weight
}
