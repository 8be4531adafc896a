package settings_test

import (
	"fmt"

	"lenz/internal/settings"
)

type Cell struct {
	Hidden  int     `name:"hidden" doc:"units" min:"1"`
	Dropout float64 `name:"dropout" doc:"share of inputs dropped" min:"0" below:"1"`
}

func DefaultCell() Cell { return Cell{Hidden: 32} }

func Example() {
	c := DefaultCell()
	fields, err := settings.Fields(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range fields {
		fmt.Printf("%s (%s, %s): %s, default %s\n", f.Name, f.Type, f.Range, f.Doc, f.Value)
	}
	fmt.Println(settings.Apply(&c, map[string]string{"hidden": "64", "dropout": "0.2"}), c)
	fmt.Println(settings.Set(&c, "hiden", "64"))
	// Output:
	// hidden (int, at least 1): units, default 32
	// dropout (number, at least 0 and below 1): share of inputs dropped, default 0
	// <nil> {64 0.2}
	// unknown setting "hiden": the settings are hidden, dropout; did you mean "hidden"?
}
