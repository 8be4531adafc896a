package chaos

import (
	"math"
	"math/rand/v2"
	"testing"

	"lenz/internal/rng"
)

func TestValidTimes(t *testing.T) {
	v, err := NewValidTimes(ValidSpec{Threshold: 0.5, Exponent: 0.1, Dt: 2})
	if err != nil {
		t.Fatal(err)
	}
	truth := make([]float64, 20)
	for failure, want := range map[int]int{3: 3, 0: 0, 100: 10} { // two dimensions, ten steps
		forecast := make([]float64, 20)
		for i := range forecast {
			if forecast[i] = 0.3; i/2 >= failure {
				forecast[i] = 0.4 // sqrt(2) 0.4 > 0.5 > sqrt(2) 0.3
			}
		}
		if got := v.Add(forecast, truth, 2, 1); got != want {
			t.Errorf("an error at step %d ends the forecast at %d", failure, got)
		}
	}
	truth[0] = math.NaN()
	if got := v.Add(truth, make([]float64, 20), 2, 1); got != 0 {
		t.Errorf("a forecast that is no number is valid for %d steps", got)
	}
	if v.Cut != 1 || v.Quantile(1) != 2 || v.Quantile(0) != 0 || math.Abs(v.Quantile(0.5)-0.3) > 1e-12 {
		t.Errorf("times %v, %d cut", v.Times, v.Cut)
	}
	if _, err := NewValidTimes(ValidSpec{Threshold: 0.5, Exponent: -1, Dt: 1}); err == nil {
		t.Error("a negative exponent is taken")
	}
}

// A sine of amplitude a has the power a^2/2, at its frequency; the densities add up to the variance.
func TestSpectrum(t *testing.T) {
	const dt, segment = 0.5, 256
	r := rand.New(rng.New(1, "noise"))
	x, variance := make([]float64, 1<<14), 0.0
	for i := range x {
		x[i] = 3*math.Sin(2*math.Pi*0.25*dt*float64(i)) + r.NormFloat64()
		variance += x[i] * x[i] / float64(len(x))
	}
	f, p, err := Spectrum(x, segment, dt)
	if err != nil {
		t.Fatal(err)
	}
	total, top := 0.0, 0
	for k := range p {
		total += p[k] * (f[1] - f[0])
		if p[k] > p[top] {
			top = k
		}
	}
	if math.Abs(total/variance-1) > 0.02 || f[top] != 0.25 { // the noise's share is known to one over the root of 16384 values
		t.Errorf("the power is %v at %v, want %v at 0.25", total, f[top], variance)
	}
	if _, _, err := Spectrum(x[:3], 4, 1); err == nil {
		t.Error("three values have a spectrum")
	}
}

func TestHistogramAndReturnMap(t *testing.T) {
	a, err := Histogram([]float64{0.1, 0.2, 0.6, 2}, 2, 0, 1)
	if err != nil || a[0] != 0.5 || a[1] != 0.25 {
		t.Errorf("shares %v, %v", a, err)
	}
	if d := Distance([]float64{1, 0}, []float64{0, 1}); d != 1 {
		t.Errorf("disjoint histograms are %v apart", d)
	}
	var x []float64
	for i := range 400 {
		x = append(x, (1+0.1*float64(i/63))*math.Sin(float64(i)/10))
	}
	from, to := ReturnMap(x)
	if len(from) != 6 || math.Abs(from[0]-1) > 1e-4 || math.Abs(to[0]-1.1) > 1e-4 {
		t.Errorf("maxima %v, %v", from, to)
	}
}
