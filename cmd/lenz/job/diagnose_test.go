package job

import (
	"slices"
	"testing"
)

func TestUntilRounding(t *testing.T) {
	meets := []float64{1, 1e-5, 1e-10, 1e-16, 2e-16, 0, 0, 0, 0}
	if got := untilRounding(meets); !slices.Equal(got, meets[:5]) {
		t.Errorf("%v is shown, want what comes before rounding and a little more", got)
	}
	if stays := []float64{1, 0.9, 1.1}; len(untilRounding(stays)) != 3 {
		t.Error("distances that do not shrink are cut")
	}
}
