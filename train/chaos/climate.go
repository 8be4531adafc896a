package chaos

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Spectrum returns the power spectral density of a series by Welch's method (1967): means over segments of the length that overlap by half, under
// Hann's window, without their mean. power[k] belongs to the frequency k/(segment dt), per unit of time.
func Spectrum(x []float64, segment int, dt float64) (frequency, power []float64, err error) {
	if segment < 4 || len(x) < segment || !(dt > 0) {
		return nil, nil, fmt.Errorf("chaos: a spectrum of %d values in segments of %d: want at least one segment of 4 or more", len(x), segment)
	}
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	fft := fourier.NewFFT(segment)
	window, square := make([]float64, segment), 0.0
	for i := range window {
		window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(segment))
		square += window[i] * window[i]
	}
	power = make([]float64, segment/2+1)
	part, count := make([]float64, segment), 0
	for at := 0; at+segment <= len(x); at += segment / 2 {
		for i := range part {
			part[i] = (x[at+i] - mean) * window[i]
		}
		for k, c := range fft.Coefficients(nil, part) {
			power[k] += real(c)*real(c) + imag(c)*imag(c)
		}
		count++
	}
	for k := range power {
		power[k] *= dt / (square * float64(count))
		if k > 0 && 2*k != segment { // what is at the negative frequency
			power[k] *= 2
		}
		frequency = append(frequency, float64(k)/(float64(segment)*dt))
	}
	return frequency, power, nil
}

// Histogram returns the share of values in each of so many equal bins from low to high; values outside count for the total alone.
func Histogram(x []float64, bins int, low, high float64) ([]float64, error) {
	if bins < 1 || !(high > low) || len(x) == 0 {
		return nil, fmt.Errorf("chaos: a histogram of %d values in %d bins from %v to %v: want values, bins and an interval", len(x), bins, low, high)
	}
	share := make([]float64, bins)
	for _, v := range x {
		if at := (v - low) / (high - low) * float64(bins); at >= 0 && at < float64(bins) {
			share[int(at)] += 1 / float64(len(x))
		}
	}
	return share, nil
}

// Distance returns the total variation distance of two histograms, half the sum of absolute differences: 0 for equal ones, 1 for disjoint ones.
func Distance(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(a[i] - b[i])
	}
	return sum / 2
}

// ReturnMap returns each maximum of a series, x, and the one after, y, both at the top of the parabola through three values (Lorenz 1963, figure
// 4).
func ReturnMap(series []float64) (x, y []float64) {
	var tops []float64
	for t := 1; t+1 < len(series); t++ {
		a, b, c := series[t-1], series[t], series[t+1]
		if b > a && b >= c {
			tops = append(tops, b+(c-a)*(c-a)/(8*(2*b-a-c)))
		}
	}
	if len(tops) < 2 {
		return nil, nil
	}
	return tops[:len(tops)-1], tops[1:]
}
