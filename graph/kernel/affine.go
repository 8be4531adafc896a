package kernel

import "fmt"

// Affine computes y += bias + x W for y and bias [n], x [k] and W [k, n]: what a few inputs drive many units by. The sum of each element begins with
// the bias, goes through x in order, and is added to y last, without fused operations, so that the bits are the same with and without
// assembly.
func Affine(y, bias, w, x []float64) {
	n, k := len(y), len(x)
	if len(bias) != n || len(w) != k*n {
		panic(fmt.Sprintf("kernel: Affine: bias has %d values and W %d, want %d and %d x %d", len(bias), len(w), n, k, n))
	}
	done := 0
	if fast() && n > 0 && k > 0 {
		done = affine64(&y[0], &bias[0], &w[0], &x[0], n, k)
	}
	for i := done; i < n; i++ {
		sum := bias[i]
		for j, v := range x {
			sum += float64(v * w[j*n+i])
		}
		y[i] += sum
	}
}
