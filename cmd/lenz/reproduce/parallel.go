package reproduce

import (
	"errors"

	"lenz/graph/kernel"
)

// parallel calls f for 0 to n-1 on all processors; each call writes to places of its own.
func parallel(n int, f func(i int) error) error {
	errs := make([]error, n)
	kernel.Parallel(n, 1, func(i, _, _ int) { errs[i] = f(i) })
	return errors.Join(errs...)
}
