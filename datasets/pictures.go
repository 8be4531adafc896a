package datasets

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed embedded/digits.csv.gz
var digitsFile []byte

// tabular lists the data sets of rows without time.
func tabular() []Info {
	return []Info{
		{Name: "digits", Description: "handwritten digits, 8x8 pictures in 17 greys as 0 to 1, 1797 rows in 10 classes", Tables: true, Period: 1,
			Source:  "UCI 80, Optical Recognition of Handwritten Digits, test part, Alpaydin and Kaynak 1998 (scikit-learn: digits); the last 360 rows test, the 180 before them validate",
			Licence: "CC BY 4.0", open: openDigits,
			Settings: []Setting{{"threshold", 0, "1 makes pictures black and white: 1 where a grey is above 0.4", true, 0}}},
		{Name: "bars", Description: "bars and stripes: all n x n pictures of full rows, or of full columns; 30 for n = 4", Tables: true, Period: 1,
			Source:  "MacKay 2003, section 43.2 (after Hinton and Sejnowski 1986): a uniform distribution, whose entropy no model's likelihood can beat",
			Licence: "generated, none needed", open: openBars,
			Settings: []Setting{{"n", 4, "height and width", true, 2}, {"copies", 1, "copies of each picture in the training part", true, 1}}},
	}
}

// BarsAndStripes returns all n x n pictures whose rows are each full or empty, or whose columns are: 2(2^n - 1) of them, the
// empty and the full picture counting once. n is 2 to 12.
func BarsAndStripes(n int) (*Table, error) {
	if n < 2 || n > 12 {
		return nil, fmt.Errorf("datasets: bars and stripes of %dx%d, want 2 to 12", n, n)
	}
	t := Table{Name: "bars", Columns: numbered("p", n*n), Height: n, Width: n}
	for turned := range 2 {
		for lines := range 1 << n {
			if turned == 1 && (lines == 0 || lines == 1<<n-1) {
				continue
			}
			for i := range n * n {
				line := i / n
				if turned == 1 {
					line = i % n
				}
				t.Values = append(t.Values, float32(lines>>line&1))
			}
			t.Rows++
		}
	}
	return NewTable(t)
}

func openBars(info Info, v values) (*Data, error) {
	all, err := BarsAndStripes(v.whole("n"))
	if err != nil {
		return nil, err
	}
	copies := v.whole("copies")
	if copies*all.Rows > 1e6 {
		return nil, fmt.Errorf("datasets: bars: %d copies of %d pictures are more than a million rows: ask for fewer", copies, all.Rows)
	}
	train := *all
	train.Rows *= copies
	train.Values = nil
	for range copies {
		train.Values = append(train.Values, all.Values...)
	}
	return &Data{Info: info, Tables: &Tables{Train: &train, Valid: all, Test: all}}, nil
}

// Parts of the digits: the file is in the order of its writers, so that later rows are of other hands.
const (
	digitsRows  = 1797
	digitsTest  = 360
	digitsValid = 180
	digitsGreys = 16
	digitsSide  = 8
)

// openDigits reads the embedded file: 64 greys from 0 to 16 and the digit in each line.
func openDigits(info Info, v values) (*Data, error) {
	r, err := gunzip(bytes.NewReader(digitsFile), "digits")
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	t := Table{Name: "digits", Columns: numbered("p", digitsSide*digitsSide), Height: digitsSide, Width: digitsSide, Classes: 10}
	for lines := bufio.NewScanner(r); lines.Scan(); t.Rows++ {
		fields := strings.Split(lines.Text(), ",")
		for i, f := range fields {
			n, err := strconv.Atoi(f)
			if err != nil || len(fields) != len(t.Columns)+1 {
				return nil, fmt.Errorf("datasets: digits: row %d is damaged", t.Rows+1)
			}
			if i == len(t.Columns) {
				t.Labels = append(t.Labels, n)
				continue
			}
			t.Values = append(t.Values, float32(n)/digitsGreys)
		}
	}
	all, err := NewTable(t)
	if err != nil {
		return nil, err
	}
	if v["threshold"] != 0 {
		all = all.Threshold(0.4)
	}
	var parts Tables
	for _, p := range []struct {
		part     **Table
		from, to int
	}{{&parts.Train, 0, digitsRows - digitsTest - digitsValid}, {&parts.Valid, digitsRows - digitsTest - digitsValid, digitsRows - digitsTest}, {&parts.Test, digitsRows - digitsTest, digitsRows}} {
		if *p.part, err = all.Slice(p.from, p.to); err != nil {
			return nil, err
		}
	}
	return &Data{Info: info, Tables: &parts}, nil
}
