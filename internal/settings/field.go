package settings

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"lenz/internal/near"
)

// field is one setting found in a struct.
type field struct {
	name, doc string
	choices   []string
	bounds    bounds
	value     reflect.Value
}

// walk lists the settings of a struct or of what s points to, in order.
func walk(s any) ([]field, error) {
	v := reflect.ValueOf(s)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("settings: %T is not a struct or a pointer to one", s)
	}
	return within(v, nil)
}

func within(v reflect.Value, found []field) ([]field, error) {
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		name, named := sf.Tag.Lookup("name")
		if !named {
			if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
				var err error
				if found, err = within(v.Field(i), found); err != nil {
					return nil, err
				}
			}
			continue
		}
		f, err := describe(sf, v.Field(i), name)
		if err != nil {
			return nil, fmt.Errorf("settings: %s.%s: %w", v.Type(), sf.Name, err)
		}
		if slices.ContainsFunc(found, func(g field) bool { return g.name == name }) {
			return nil, fmt.Errorf("settings: %s.%s: another field has the name %q", v.Type(), sf.Name, name)
		}
		found = append(found, f)
	}
	return found, nil
}

func describe(sf reflect.StructField, v reflect.Value, name string) (field, error) {
	f := field{name: name, doc: sf.Tag.Get("doc"), value: v}
	if name == "" || !sf.IsExported() {
		return f, errors.New("a setting needs a name and an exported field")
	}
	if typeName(sf.Type) == "" {
		return f, fmt.Errorf("the type %s cannot be a setting", sf.Type)
	}
	kind := element(sf.Type).Kind()
	if c, ok := sf.Tag.Lookup("choices"); ok {
		if kind != reflect.String {
			return f, fmt.Errorf("choices need text, not %s", sf.Type)
		}
		f.choices = strings.Split(c, "|")
	}
	var err error
	if f.bounds, err = readBounds(sf.Tag); err != nil {
		return f, err
	}
	if f.bounds != nil && (kind == reflect.String || kind == reflect.Bool) {
		return f, fmt.Errorf("bounds need numbers, not %s", sf.Type)
	}
	return f, nil
}

// check holds a value against the field's choices and bounds.
func (f field) check(v reflect.Value) error {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if err := f.check(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if f.choices != nil && !slices.Contains(f.choices, v.String()) {
			named := slices.DeleteFunc(slices.Clone(f.choices), func(c string) bool { return c == "" }) // that is to leave it out
			return fmt.Errorf("setting %s is %q, want one of %s%s", f.name, v.String(), strings.Join(named, ", "), near.Suggest(v.String(), named))
		}
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
		if x := number(v); math.IsNaN(x) || !f.bounds.hold(x) {
			return fmt.Errorf("setting %s is %s, want a number%s", f.name, format(v), f.bounds.after())
		}
	}
	return nil
}

func number(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	default:
		return v.Float()
	}
}

// element is the type that one value of the setting has.
func element(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return t
}

// typeName is the Type of a Field, or "" for a type that cannot be one.
func typeName(t reflect.Type) string {
	plural := ""
	if t.Kind() == reflect.Slice {
		plural = "s"
	}
	switch element(t).Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "int" + plural
	case reflect.Float64:
		return "number" + plural
	case reflect.String:
		return "text" + plural
	case reflect.Bool:
		if plural == "" {
			return "bool"
		}
	}
	return ""
}

// format writes a value as text that parse reads back to the same bits.
func format(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = format(v.Index(i))
		}
		return Join(parts)
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	default:
		return v.String()
	}
}

// parse reads text into v. The error says what is wanted.
func parse(v reflect.Value, text string) error {
	trimmed := strings.TrimSpace(text)
	switch v.Kind() {
	case reflect.Slice:
		return parseSlice(v, trimmed)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(trimmed, 10, 64)
		if err != nil || v.OverflowInt(n) {
			return errors.New("a whole number such as 32")
		}
		v.SetInt(n)
	case reflect.Uint64:
		n, err := strconv.ParseUint(trimmed, 10, 64)
		if err != nil {
			return errors.New("a whole number of at least 0")
		}
		v.SetUint(n)
	case reflect.Float64:
		x, err := strconv.ParseFloat(trimmed, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return errors.New("a number such as 0.01 or 1e-3")
		}
		v.SetFloat(x)
	case reflect.Bool:
		b, err := strconv.ParseBool(trimmed)
		if err != nil {
			return errors.New("true or false")
		}
		v.SetBool(b)
	default:
		v.SetString(text)
	}
	return nil
}

func parseSlice(v reflect.Value, text string) error {
	if text == "" {
		v.SetZero()
		return nil
	}
	parts, err := Split(text)
	if err != nil {
		return fmt.Errorf("values divided by commas: %w", err)
	}
	out := reflect.MakeSlice(v.Type(), len(parts), len(parts))
	for i, part := range parts {
		if err := parse(out.Index(i), part); err != nil {
			return fmt.Errorf("values divided by commas, each %w", err)
		}
	}
	v.Set(out)
	return nil
}
