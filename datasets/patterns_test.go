package datasets

import (
	"math"
	"testing"
)

func rowsOf(t *testing.T, name string, set map[string]string) [][]float64 {
	t.Helper()
	d, err := Open(name, set)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Series[0]
	out := make([][]float64, s.Rows())
	for row := range out {
		for _, column := range s.Values {
			if v := column[row]; v != 1 && v != -1 {
				t.Fatalf("%s holds %v", name, v)
			}
			out[row] = append(out[row], column[row])
		}
	}
	return out
}

func TestLettersAreDistinct(t *testing.T) {
	all := rowsOf(t, "letters", nil)
	if len(all) != 26 || len(all[0]) != 35 {
		t.Fatalf("%d letters of %d spins", len(all), len(all[0]))
	}
	for i, a := range all {
		for j := range i {
			same := 0
			for k := range a {
				if a[k] == all[j][k] {
					same++
				}
			}
			if same > 33 {
				t.Errorf("%c and %c differ in %d dots", 'A'+j, 'A'+i, 35-same)
			}
		}
	}
	if _, err := Open("letters", map[string]string{"length": "27"}); err == nil {
		t.Error("a 27th letter")
	}
}

// 10,000 spins of activity 0.2: the share of +1 within five standard errors.
func TestRandomPatternsHaveTheirActivity(t *testing.T) {
	up := 0
	for _, row := range rowsOf(t, "patterns", map[string]string{"units": "500", "length": "20", "activity": "0.2"}) {
		for _, v := range row {
			if v > 0 {
				up++
			}
		}
	}
	if math.Abs(float64(up)-2000) > 5*40 {
		t.Errorf("%d of 10,000 spins are up, want 2000", up)
	}
}

// The energy per spin of the infinite lattice at T = 2 is -1.7456 and the magnetization 0.9113 (Onsager, Yang); 16x16 differs by less
// than the error of 400 configurations, of which 0.01 is more than five.
func TestIsingConfigurationsAreAtTheirTemperature(t *testing.T) {
	const side = 16
	energy, m := 0.0, 0.0
	rows := rowsOf(t, "ising", map[string]string{"length": "400", "temperature": "2"})
	for _, s := range rows {
		e, sum := 0.0, 0.0
		for i, v := range s {
			x, y := i%side, i/side
			e -= v * (s[y*side+(x+1)%side] + s[(y+1)%side*side+x])
			sum += v
		}
		energy += e / (side * side) / float64(len(rows))
		m += math.Abs(sum) / (side * side) / float64(len(rows))
	}
	if math.Abs(energy+1.74556) > 0.01 || math.Abs(m-0.91132) > 0.01 {
		t.Errorf("energy %v, want -1.7456; magnetization %v, want 0.9113", energy, m)
	}
}
