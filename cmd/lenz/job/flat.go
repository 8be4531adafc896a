package job

import (
	"fmt"
	"strings"

	"lenz/models/catalog"
)

// Flat writes a configuration as one map of texts, which FromFlat takes back to the same configuration: an option under its name, an
// entry of a map under the map's name, a dot and its own (set.hidden, optimizer-set.rate).
func (c *Config) Flat() (map[string]string, error) {
	options, err := c.Options()
	if err != nil {
		return nil, err
	}
	flat := map[string]string{}
	for _, o := range options {
		if !o.Map {
			flat[o.Name] = o.Value
		}
	}
	for _, s := range c.sections() {
		for name, m := range s.sets {
			for key, v := range *m {
				flat[name+"."+key] = v
			}
		}
	}
	return flat, nil
}

// scope divides the name of a setting from the model that it belongs to, where several models are compared: set.hidden@gru.
const scope = "@"

// FromFlat reads what Flat wrote. Settings of a model's scope count for that model alone, below those without a scope. A scope that is no
// model is an error: its settings would count for none.
func FromFlat(flat map[string]string) (*Config, error) {
	own := map[string]string{}
	model := flat["model"]
	for _, key := range sortedKeys(flat) {
		v := flat[key]
		name, of, scoped := strings.Cut(key, scope)
		if scoped {
			if _, err := catalog.Lookup(of); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
		}
		if _, given := flat[name]; scoped && of == model && !given {
			own[name] = v
		} else if !scoped {
			own[name] = v
		}
	}
	c := Default()
	for _, key := range sortedKeys(own) {
		name, text := key, own[key]
		if set, entry, ok := strings.Cut(key, "."); ok {
			name, text = set, entry+"="+text
		}
		if err := c.Set(name, text); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return c, nil
}
