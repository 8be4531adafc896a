package datasets

import (
	"os"
	"strings"
	"testing"
)

// Files as they are found in the field: what is found out about each, without any option.
func TestFilesOfTheField(t *testing.T) {
	const folder = "../../shared/data/"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the shared data are not here")
	}
	for _, c := range []struct {
		path                   string
		rows, columns, missing int
		freq                   Frequency
		last                   string
	}{
		{"ett/ETTh1.csv.gz", 17420, 7, 0, Hourly, "2018-06-26 19:00"},
		{"ett/ETTm1.csv.gz", 69680, 7, 0, Minutes(15), "2018-06-26 19:45"},
		{"beijing_pm25/pollution.csv.gz", 43824, 8, 2067, Hourly, "2014-12-31 23:00"},
		{"exchange_rate/exchange_rate.txt.gz", 7588, 8, 0, Frequency{}, "7587"},
		{"weather_jena/weather_values.csv.gz", 52696, 21, 0, Frequency{}, "52695"},
		{"ili/national_illness.csv", 966, 7, 0, Weekly, "2020-06-30"},
		{"nab/nyc_taxi.csv", 10320, 1, 0, Minutes(30), "2015-01-31 23:30"},
		{"nab/ambient_temperature_system_failure.csv.gz", 7888, 1, 621, Hourly, "2014-05-28 15:00"},
		{"box_jenkins/UKgas.csv", 108, 3, 0, Frequency{}, "107"},
		{"us_gasoline/us_gasoline_weekly.csv", 1578, 1, 0, Weekly, "2021-04-30"},
		{"santafe_laser/santafe_laser.txt", 10093, 1, 0, Frequency{}, "10092"},
	} {
		list, err := ReadFile(folder+c.path, CSVOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		s := list[0]
		missing, _ := s.Missing(0)
		if s.Rows() != c.rows || len(s.Columns) != c.columns || missing != c.missing || s.Freq != c.freq || s.Label(s.Rows()-1) != c.last {
			t.Errorf("%s: %d rows, %d columns (%s), %d missing, %v, until %s", c.path, s.Rows(), len(s.Columns), strings.Join(s.Columns, " "),
				missing, s.Freq, s.Label(s.Rows()-1))
		}
	}
}

// The protocol of the literature (Zhou et al. 2021) on ETTh1: 8,640 hours to train, 2,880 to validate, 2,880 to test; with 96 hours
// in and 96 out that is 8,449, 2,785 and 2,785 windows.
func TestETTWindows(t *testing.T) {
	list, err := ReadFile("../../shared/data/ett/ETTh1.csv.gz", CSVOptions{})
	if os.IsNotExist(err) || err != nil && strings.Contains(err.Error(), "no such file") {
		t.Skip("the shared data are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	w := cut(t, "8640,2880,2880", WindowSpec{Input: 96, Horizon: 96}, list...)
	for p, want := range map[Part]int{Train: 8449, Valid: 2785, Test: 2785} {
		if got := source(t, w, p, SourceOptions{}).Windows(); got != want {
			t.Errorf("%v has %d windows, want %d", p, got, want)
		}
	}
}
