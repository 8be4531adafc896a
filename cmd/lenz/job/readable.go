package job

import (
	"fmt"
	"strings"

	"lenz/datasets"
	"lenz/models/catalog"
)

// readable refuses data of a form that the kind of model cannot read, as far as their name and beginning tell: what they are, and which models
// learn them, but in no study.
func (c *Config) readable(k kind, study bool) error {
	data, model, what := c.Data.Data, c.Model.Model, ""
	form := c.form(k)
	switch k.(type) {
	case *density:
		if form == namedSequences {
			return fmt.Errorf("%s is made of whole sequences; %s learns rows: give pictures, a binary table or a series", data, model)
		}
		return nil
	case *solving:
		if form == namedSequences {
			return fmt.Errorf("%s forecasts series, %s has labelled sequences: use lstm, gru or rnn for them", model, data)
		}
	}
	switch form {
	case namedRows:
		what = "is a table of rows without time"
		if info, err := datasets.Lookup(data); err == nil {
			what += " (" + info.Description + ")"
		}
	case imageFile:
		what = "is an IDX file, which holds pictures"
	case rollFile:
		what = "is a file of piano rolls, which holds rows"
	default:
		return nil
	}
	err := fmt.Errorf("%s %s: %s learn it (lenz train --model rbm --data %s), %s wants a series (lenz data lists them)",
		data, what, strings.Join(rowModels(), ", "), data, model)
	if study {
		err = fmt.Errorf("%w; compare and tune serve forecasters only", err)
	}
	return err
}

// rowModels are the models of rows; the units of one are 0 or 1.
func rowModels() []string {
	var names []string
	for _, e := range catalog.List() {
		switch {
		case e.Name == "boltzmann":
			names = append(names, "boltzmann (rows of 0 and 1)")
		case e.Kind == catalog.Density:
			names = append(names, e.Name)
		}
	}
	return names
}

// served refuses a model that is no forecaster: studies compare losses on a validation part.
func served(model string) error {
	entry, err := catalog.Lookup(model)
	if err != nil || IsForecaster(model) {
		return nil // an unknown model is told of where it is built
	}
	return fmt.Errorf("compare and tune serve forecasters only, and %s is a %s: run it with lenz train --model %s; lenz models lists the forecasters first",
		model, entry.Kind, model)
}
