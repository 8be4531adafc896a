package configfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lenz/internal/near"
	"lenz/internal/settings"
)

// Tables lists the settings of each table by name, and whether a setting is a table of values by key itself.
type Tables map[string]map[string]bool

// A Setting is one value as text; one of a table by key is key=value.
type Setting struct{ Table, Name, Text string }

// Settings returns the settings of a file by the order of their names. The table that is called rest is passed over. Errors name the
// file, the table and the setting, and what was meant.
func (f *File) Settings(known Tables, rest string) ([]Setting, error) {
	var found []Setting
	for _, name := range slices.Sorted(maps.Keys(f.top)) {
		table, isTable := f.top[name].(map[string]any)
		switch {
		case name == rest && isTable:
			continue
		case !isTable:
			return nil, fmt.Errorf("%s: %.60s stands outside of the tables such as [data] and [train]; put it under its own%s", f.name, name, known.home(name))
		case known[name] == nil:
			return nil, fmt.Errorf("%s: unknown table [%.60s]%s", f.name, name, near.Suggest(name, slices.Sorted(maps.Keys(known))))
		}
		for _, key := range slices.Sorted(maps.Keys(table)) {
			texts, err := known.read(name, key, table[key])
			if err != nil {
				return nil, fmt.Errorf("%s: [%s] %.60s: %w", f.name, name, key, err)
			}
			for _, text := range texts {
				found = append(found, Setting{name, key, text})
			}
		}
	}
	return found, nil
}

// home is such as ", [train]" for a setting that exists.
func (k Tables) home(setting string) string {
	for _, name := range slices.Sorted(maps.Keys(k)) {
		if _, ok := k[name][setting]; ok {
			return ", [" + name + "]"
		}
	}
	return ""
}

// read returns a setting's value as text, or as key=value for each key.
func (k Tables) read(table, setting string, v any) ([]string, error) {
	byKey, known := k[table][setting]
	if !known {
		if at := k.home(setting); at != "" {
			return nil, fmt.Errorf("the setting belongs to another table%s", at)
		}
		return nil, fmt.Errorf("unknown setting%s", near.Suggest(setting, slices.Sorted(maps.Keys(k[table]))))
	}
	pairs, isTable := v.(map[string]any)
	switch {
	case isTable && !byKey:
		return nil, errors.New("no table is expected here")
	case byKey && !isTable:
		return nil, fmt.Errorf("a table of values by name is expected here, such as {name = 1} or [%s.%s]", table, setting)
	case !isTable:
		text, err := plain(v)
		return []string{text}, err
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		text, err := plain(pairs[key])
		if err == nil && strings.Contains(key, "=") {
			err = errors.New("a setting's name holds no =")
		}
		if err != nil {
			return nil, fmt.Errorf("%.60s: %w", key, err)
		}
		out = append(out, key+"="+text)
	}
	return out, nil
}

// plain is a value as text.
func plain(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int64, float64:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			text, err := plain(e)
			if err != nil {
				return "", err
			}
			parts[i] = text
		}
		return settings.Join(parts), nil
	}
	return "", fmt.Errorf("a %T is no value of a setting", v)
}
