package job

import (
	"math"
	"os"

	"lenz/train"
)

// curve is the course of training, a value an epoch.
type curve struct {
	epoch              []int
	train, valid, rate []float64
}

// readCurve reads it from metrics.csv.
func readCurve(path string) (curve, error) {
	var c curve
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	rows, err := train.ReadMetrics(f)
	if err != nil {
		return c, err
	}
	index := map[int]int{}
	for _, r := range rows {
		if r.Name != train.Loss && r.Name != "rate" {
			continue
		}
		i, ok := index[r.Epoch]
		if !ok {
			i = len(c.epoch)
			index[r.Epoch] = i
			c.epoch = append(c.epoch, r.Epoch)
			c.train, c.valid, c.rate = append(c.train, math.NaN()), append(c.valid, math.NaN()), append(c.rate, math.NaN())
		}
		switch {
		case r.Name == "rate":
			c.rate[i] = r.Value
		case r.Split == "valid":
			c.valid[i] = r.Value
		default:
			c.train[i] = r.Value
		}
	}
	return c, nil
}

// at returns the losses of an epoch, nil where there is none.
func (c curve) at(epoch int) (trained, valid *float64) {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	for i, e := range c.epoch {
		if e == epoch {
			return finite(c.train[i]), finite(c.valid[i])
		}
	}
	return nil, nil
}
