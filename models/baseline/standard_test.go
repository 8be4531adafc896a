package baseline

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lenz/datasets"
	"lenz/internal/settings"
)

func TestStandardTakesTheSeasonOfTheFrequency(t *testing.T) {
	s := series(t, []string{"y"}, squares(40)).Starting(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), datasets.Quarterly)
	w := cut(t, s, 30, 0, datasets.NoScaling, datasets.WindowSpec{Input: 2, Horizon: 1})
	for period, want := range map[int]int{0: 4, 9: 9} {
		list, err := Standard(w, datasets.Test, period, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 {
			t.Fatalf("%d baselines without a ridge autoregression, want 2", len(list))
		}
		if got := list[1].Predictor.(*SeasonalNaive).Period(); got != want {
			t.Errorf("asked for period %d: got %d, want %d", period, got, want)
		}
	}
	if _, err := Standard(w, datasets.Test, -1, nil); err == nil {
		t.Error("a period of -1 was taken")
	}
}

// TestRidgeSettingsAreSetByName checks that the tags name what the command sets.
func TestRidgeSettingsAreSetByName(t *testing.T) {
	c := DefaultRidge()
	if err := settings.Apply(&c, map[string]string{"lags": "3,5", "ridge": "0.1", "center": "no", "shared": "true", "covariates": "true", "future": "true"}); err != nil {
		t.Fatal(err)
	}
	want := RidgeConfig{Lags: []int{3, 5}, Ridge: []float64{0.1}, Center: "no", Shared: true, Covariates: true, Future: true}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if err := settings.Set(&c, "center", "perhaps"); err == nil {
		t.Error("center took an unknown word")
	}
}
