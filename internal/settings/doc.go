// Package settings lists and sets the fields of a settings struct by name, so that a struct and its default
// constructor are the one place that says which settings a part has, what they mean, which values they take
// and what they are when nobody says anything.
//
// A field is a setting when it has the tag name:
//
//	type Adam struct {
//		Rate  float64 `name:"rate" doc:"step size" min:"0"`
//		Beta1 float64 `name:"beta1" doc:"decay of the mean of gradients" min:"0" below:"1"`
//		Form  string  `name:"form" doc:"which paper's form" choices:"2015|2018"`
//	}
//
// Kinds: int, int64, uint64, float64, bool, string (and named types of these), []int, []float64, []string;
// structs without a name of their own are looked into. Tags:
//
//	name     the name on the command line and in files
//	doc      one line for people
//	choices  the strings allowed, divided by |
//	min max  least and greatest number allowed
//	above below  the same, with the bound itself refused
//
// The bounds and choices of a slice hold for each of its elements. NaN is always refused, infinity only by a bound.
// In text, the elements of a slice are divided by commas, and the empty text is an empty slice. An element that holds a
// comma stands in quotes, as in CSV: see Split and Join.
package settings
