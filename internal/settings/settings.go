package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"lenz/internal/near"
)

// Field describes one setting.
type Field struct {
	Name    string
	Type    string   // int, number, bool, text, or the plural of one with commas: ints, numbers, texts
	Value   string   // the value in the struct as text, which Set takes back to the same bits
	Doc     string   // one line
	Choices []string // the texts allowed; nil: any
	Range   string   // such as "at least 0 and below 1"; empty: any
}

// Validator is a settings struct with conditions that tie several fields together; Check and Apply ask it last.
type Validator interface{ Validate() error }

// Fields lists the settings of the struct (or pointer to a struct) in its order, with the values it holds: give
// it what the default constructor returns to list the defaults. An error means that a tag is wrong.
func Fields(s any) ([]Field, error) {
	found, err := walk(s)
	if err != nil {
		return nil, err
	}
	out := make([]Field, len(found))
	for i, f := range found {
		out[i] = Field{
			Name: f.name, Type: typeName(f.value.Type()), Value: format(f.value), Doc: f.doc,
			Choices: slices.Clone(f.choices), Range: f.bounds.String(),
		}
	}
	return out, nil
}

// Values returns the text of every setting by name: Apply on another struct of the type gives the same values.
func Values(s any) (map[string]string, error) {
	found, err := walk(s)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(found))
	for _, f := range found {
		out[f.name] = format(f.value)
	}
	return out, nil
}

// Set parses the text into the named setting of the struct that s points to, and holds it against the
// setting's own tags. The error names the setting, the text and what would do; an unknown name gets near ones.
// On an error the struct is unchanged.
func Set(s any, name, text string) error {
	if err := pointer(s); err != nil {
		return err
	}
	found, err := walk(s)
	if err != nil {
		return err
	}
	return set(found, name, text)
}

// Apply sets the named settings and then checks the whole struct. On an error the struct is unchanged.
func Apply(s any, texts map[string]string) error {
	if err := pointer(s); err != nil {
		return err
	}
	before := reflect.New(reflect.TypeOf(s).Elem()).Elem()
	before.Set(reflect.ValueOf(s).Elem())
	err := apply(s, texts)
	if err != nil {
		reflect.ValueOf(s).Elem().Set(before)
	}
	return err
}

func apply(s any, texts map[string]string) error {
	found, err := walk(s)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if err := set(found, name, texts[name]); err != nil {
			return err
		}
	}
	return Check(s)
}

// Check holds every setting of the struct (or pointer to one) against its tags, then asks its Validate method
// if it has one. Constructors call it, so that values set in Go are held to the same bounds as text.
func Check(s any) error {
	found, err := walk(s)
	if err != nil {
		return err
	}
	for _, f := range found {
		if err := f.check(f.value); err != nil {
			return err
		}
	}
	if v := reflect.ValueOf(s); v.Kind() == reflect.Struct { // so that a Validate on the pointer is found as well
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		s = p.Interface()
	}
	if v, ok := s.(Validator); ok {
		return v.Validate()
	}
	return nil
}

func set(found []field, name, text string) error {
	i := slices.IndexFunc(found, func(f field) bool { return f.name == name })
	if i < 0 {
		names := make([]string, len(found))
		for i, f := range found {
			names[i] = f.name
		}
		if len(names) == 0 {
			return fmt.Errorf("unknown setting %q: there are no settings here", name)
		}
		return fmt.Errorf("unknown setting %q: the settings are %s%s",
			name, strings.Join(names, ", "), near.Suggest(name, names))
	}
	f := found[i]
	v := reflect.New(f.value.Type()).Elem()
	if err := parse(v, text); err != nil {
		return fmt.Errorf("setting %s is %q, want %s", name, text, err)
	}
	if err := f.check(v); err != nil {
		return err
	}
	f.value.Set(v)
	return nil
}

func pointer(s any) error {
	if v := reflect.ValueOf(s); v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("settings: %T is not a pointer to a struct", s)
	}
	return nil
}
