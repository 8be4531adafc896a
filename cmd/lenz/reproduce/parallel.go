package reproduce

import (
	"context"
	"errors"

	"lenz/graph/kernel"
)

// parallel calls f for 0 to n-1 on all processors, and no more once ctx is done; each call writes to places of its own.
func parallel(ctx context.Context, n int, f func(i int) error) error {
	errs := make([]error, n)
	kernel.Parallel(n, 1, func(i, _, _ int) {
		if ctx.Err() == nil {
			errs[i] = f(i)
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(errs...)
}
