package boltzmann

import (
	"context"
	"testing"

	"lenz/datasets"
	"lenz/optim"
	"lenz/train"
)

// benchTable is rows of which a fifth of the values are not 0 but on.
func benchTable(b testing.TB, rows, visible int, on float32) *datasets.Table {
	b.Helper()
	t := datasets.Table{Name: "bench", Rows: rows, Values: make([]float32, rows*visible), Columns: make([]string, visible)}
	x := uint64(1)
	for i := range t.Values {
		x = x*6364136223846793005 + 1442695040888963407
		if x>>40%5 == 0 {
			t.Values[i] = on
		}
	}
	table, err := datasets.NewTable(t)
	if err != nil {
		b.Fatal(err)
	}
	return table
}

// One epoch of persistent contrastive divergence, 784 x 256 units, batches of 100, 10,000 rows of bits or of grey values, by the common trainer.
func BenchmarkEpoch(b *testing.B) {
	b.Run("bits", func(b *testing.B) { benchmarkEpoch(b, 1) })
	b.Run("grey", func(b *testing.B) { benchmarkEpoch(b, 0.5) })
}

func benchmarkEpoch(b *testing.B, on float32) {
	src, err := benchTable(b, 10000, 784, on).Source(datasets.SourceOptions{Shuffle: true, Seed: 1, Batch: 100})
	if err != nil {
		b.Fatal(err)
	}
	c := DefaultRBM()
	c.Hidden, c.Chains = 256, "pcd"
	m, err := c.New(src.Layout(), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	sgd := optim.DefaultSGD()
	sgd.Rate = 0.01
	o, err := sgd.New()
	if err != nil {
		b.Fatal(err)
	}
	learner := train.Gradient(m, o)
	b.ResetTimer()
	for range b.N {
		if _, err := train.Fit(context.Background(), learner, train.Data{Train: src}); err != nil {
			b.Fatal(err)
		}
	}
}
