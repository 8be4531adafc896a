package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"lenz/internal/settings"
	"lenz/models/catalog"
	"lenz/optim"
)

// listed is a thing with a name and settings, as lenz models and lenz optimizers print it.
type listed struct {
	Name     string          `json:"name"`
	Kind     string          `json:"kind,omitempty"`
	Summary  string          `json:"summary"`
	Source   string          `json:"source,omitempty"`
	Settings []listedSetting `json:"settings"`
}

type listedSetting struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Default string   `json:"default"`
	Doc     string   `json:"doc"`
	Choices []string `json:"choices,omitempty"`
	Range   string   `json:"range,omitempty"`
	Search  *search  `json:"search,omitempty"`
}

// search is where tuning looks for a setting.
type search struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Log  bool    `json:"log"`
}

func (l *listed) has(setting string) bool {
	return slices.ContainsFunc(l.Settings, func(s listedSetting) bool { return s.Name == setting })
}

func listedSettings(fields []settings.Field) []listedSetting {
	out := make([]listedSetting, len(fields))
	for i, f := range fields {
		out[i] = listedSetting{Name: f.Name, Type: f.Type, Default: f.Value, Doc: f.Doc, Choices: f.Choices, Range: f.Range}
	}
	return out
}

func newModels(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "models [NAME]",
		Short: "List the models with their settings and defaults",
		Args:  atMostOne("the name of a model"),
		RunE: func(_ *cobra.Command, args []string) error {
			var all []listed
			for _, e := range catalog.List() {
				fields, err := e.Settings()
				if err != nil {
					return err
				}
				all = append(all, listed{Name: e.Name, Kind: string(e.Kind), Summary: e.Description, Settings: listedSettings(fields)})
			}
			_, err := catalogName(args, func(name string) error { _, err := catalog.Lookup(name); return err })
			if err != nil {
				return err
			}
			if err := c.list("models", "--set", all, args); err != nil {
				return err
			}
			if slices.ContainsFunc(all, func(l listed) bool { return (len(args) == 0 || l.Name == args[0]) && l.has("highway") }) {
				c.say("Where you do not set them, lenz train forecasts series with window_norm=last and highway=the input length.")
			}
			if len(args) == 0 || args[0] == "esn" {
				c.say("Where you do not set them, and a column has a strong trend, esn gets increment=true and input_scale=0.1.")
			}
			return nil
		},
	}
}

func newOptimizers(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "optimizers [NAME]",
		Short: "List optimizers and learning-rate schedules with their settings and defaults",
		Args:  atMostOne("the name of an optimizer or a schedule"),
		RunE: func(_ *cobra.Command, args []string) error {
			var all []listed
			for _, name := range optim.Names() {
				e, err := optim.Lookup(name)
				if err != nil {
					return err
				}
				if all, err = appendEntry(all, "optimizer", e.Name, e.Summary, e.Source, e.Settings); err != nil {
					return err
				}
				all[len(all)-1].addSearch(e.Search())
			}
			for _, name := range optim.ScheduleNames() {
				e, err := optim.LookupSchedule(name)
				if err != nil {
					return err
				}
				if all, err = appendEntry(all, "schedule", e.Name, e.Summary, e.Source, e.Settings); err != nil {
					return err
				}
			}
			_, err := catalogName(args, func(name string) error {
				for _, l := range all {
					if l.Name == name {
						return nil
					}
				}
				_, err := optim.Lookup(name)
				return err
			})
			if err != nil {
				return err
			}
			if err := c.list("optimizers", "--optimizer-set or --schedule-set", all, args); err != nil {
				return err
			}
			c.say("Around any optimizer: --decay --group --l2 --clip-norm --clip-value --agc --centralize --accumulate --lookahead --ema --swa --sam --warmup; " +
				"see lenz train --help.")
			return nil
		},
	}
}

// addSearch adds the ranges to the settings that they are of.
func (l *listed) addSearch(ranges []optim.Range) {
	for _, r := range ranges {
		for i := range l.Settings {
			if l.Settings[i].Name == r.Name {
				l.Settings[i].Search = &search{r.Low, r.High, r.Log}
			}
		}
	}
}

func appendEntry(all []listed, kind, name, summary, source string, fields func() ([]settings.Field, error)) ([]listed, error) {
	f, err := fields()
	if err != nil {
		return nil, err
	}
	return append(all, listed{Name: name, Kind: kind, Summary: summary, Source: source, Settings: listedSettings(f)}), nil
}

// catalogName checks the optional argument of a list; an unknown name is a wrong use.
func catalogName(args []string, lookup func(string) error) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	if err := lookup(args[0]); err != nil {
		return "", usageError{err}
	}
	return args[0], nil
}

// list prints all, or the one that is named with every setting.
func (c *console) list(what, flag string, all []listed, args []string) error {
	var shown []listed
	for _, l := range all {
		if len(args) == 0 || l.Name == args[0] {
			shown = append(shown, l)
		}
	}
	kind := ""
	for _, l := range shown {
		if l.Kind != kind {
			kind = l.Kind
			c.print("%s:", plurals(kind))
		}
		c.print("%-14s %s%s", l.Name, l.Summary, bracketed(l.Source))
		for _, s := range l.Settings {
			c.print("    %-16s %-12s %s%s", s.Name, s.Default, s.Doc, bracketed(choicesOrRange(s)))
		}
	}
	if len(shown) > 0 && !c.json {
		c.say("\nSet with %s name=value; the second column is the default.", flag)
	}
	return c.object(map[string]any{what: shown})
}

// plurals is the heading of the models of a kind.
func plurals(kind string) string {
	if kind == string(catalog.Density) {
		return "densities (distributions of rows)"
	}
	return kind + "s"
}

func choicesOrRange(s listedSetting) string {
	if len(s.Choices) > 0 {
		return fmt.Sprintf("one of %v", s.Choices)
	}
	return s.Range
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
