package datasets_test

import (
	"fmt"
	"strings"
	"time"

	"lenz/datasets"
)

// From a named series to a batch: open, split, scale, cut, take.
func Example() {
	data, err := datasets.Open("sunspots", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	split, err := datasets.DefaultSplit().Cut(data.Series...)
	if err != nil {
		fmt.Println(err)
		return
	}
	scaler, err := datasets.FitScaler(split.Parts[datasets.Train], datasets.ScalerSpec{
		Scaling: datasets.Standard, Transform: datasets.Sqrt,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	windows, err := datasets.NewWindows(split, scaler, datasets.WindowSpec{Input: 132, Horizon: 12, Batch: 32, Calendar: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, err := windows.Source(datasets.Train, datasets.SourceOptions{Shuffle: true, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, _ := train.Next()
	fmt.Println(train.Windows(), "windows in", train.Len(), "batches")
	fmt.Println("X", b.X.Shape, "Future", b.Future.Shape, "Y", b.Y.Shape)
	fmt.Println("inputs:", strings.Join(windows.Layout().Inputs, ", "))
	// Output:
	// 1831 windows in 58 batches
	// X [132 32 3] Future [12 32 2] Y [12 32 1]
	// inputs: sunspots, calendar.month_of_year_sin, calendar.month_of_year_cos
}

func ExampleReadCSVFrom() {
	file := `day;temperature;wind
2024-02-27;4.1;12
2024-02-28;;9
2024-03-01;5.9;14
`
	list, err := datasets.ReadCSVFrom(strings.NewReader(file), "weather.csv", datasets.CSVOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := list[0]
	fmt.Println(s.Name, s.Columns, s.Freq, s.Rows(), "rows from", s.Label(0), "to", s.Label(s.Rows()-1))
	if _, err := s.ResolveMissing(datasets.Refuse); err != nil {
		fmt.Println(err)
	}
	full, err := s.ResolveMissing(datasets.Interpolate)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", full.Values[0])
	// Output:
	// weather [temperature wind] daily 4 rows from 2024-02-27 to 2024-03-01
	// weather.csv: 3 missing values: "temperature" at 2024-02-28 (line 3), "temperature" at 2024-02-29 (the file has no such row), "wind" at 2024-02-29 (the file has no such row); fill gaps in the file, or use --missing interpolate, hold or drop
	// [4.10 4.70 5.30 5.90]
}

// The adding problem with sequences of its own for every epoch.
func ExampleOpen() {
	data, err := datasets.Open("adding", map[string]string{"T": "100", "fresh": "1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, err := data.Train.Source(datasets.SourceOptions{Shuffle: true, Seed: 1, Batch: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, _ := train.Next()
	fmt.Println(train.Layout().Kind, b.X.Shape, b.Y.Shape, train.Len())
	// Output:
	// per sequence [100 50 2] [50 1] 200
}

// The last window of a series, and the scale of what a model answers to it.
func ExampleLastWindows() {
	data, err := datasets.Open("nile", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := data.Series[0]
	scaler, err := datasets.FitScaler([]datasets.Section{{Series: s, From: 0, To: s.Rows()}}, datasets.ScalerSpec{Scaling: datasets.MinMax})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := datasets.LastWindows(scaler, datasets.WindowSpec{Input: 3, Horizon: 2}, data.Series, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	back := make([]float64, 3)
	if err := scaler.Invert("volume", back, b.X.Data); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f is %.0f, to be followed by %s\n", b.X.Data, back, s.Future(2)[0].Format("2006"))
	// Output:
	// [0.287 0.282 0.311] is [718 714 740], to be followed by 1971
}

// Numbers of one's own, with time stamps.
func ExampleNewSeries() {
	s, err := datasets.NewSeries("sales", []string{"units"}, [][]float64{{3, 5, 8}})
	if err != nil {
		fmt.Println(err)
		return
	}
	s = s.Starting(time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC), datasets.Monthly)
	fmt.Println(s.Label(0), s.Label(2), s.Future(1)[0].Format(time.DateOnly))
	_, err = s.Column("unit")
	fmt.Println(err)
	// Output:
	// 2023-12 2024-02 2024-03-01
	// datasets: sales has no column "unit"; did you mean "units"? (columns: units)
}

// All pictures of 3 x 3 whose rows, or whose columns, are each full or empty.
func ExampleBarsAndStripes() {
	t, err := datasets.BarsAndStripes(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Rows, "pictures; one is", t.Row(5))
	// Output: 14 pictures; one is [1 1 1 0 0 0 1 1 1]
}
