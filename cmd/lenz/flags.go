package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lenz/cmd/lenz/job"
)

// configFlags gives a command the settings of a job.Config as flags, and collects those that are set, in order.
type configFlags struct {
	set []job.Assignment
}

// configFlag is one of them; it checks its value when it is parsed, so that a wrong one is a wrong use.
type configFlag struct {
	all    *configFlags
	option job.Option
}

func (f *configFlag) String() string {
	if f.option.Map {
		return ""
	}
	return f.option.Value
}

func (f *configFlag) Type() string { return f.option.Type }

func (f *configFlag) Set(text string) error {
	if err := job.Default().Set(f.option.Name, text); err != nil {
		return err
	}
	f.all.set = append(f.all.set, job.Assignment{Name: f.option.Name, Text: text})
	return nil
}

// register adds a flag for each setting, under its name and with its documentation.
func (c *configFlags) register(cmd *cobra.Command) error {
	options, err := job.Default().Options()
	if err != nil {
		return err
	}
	for _, o := range options {
		doc := o.Doc
		if len(o.Choices) > 0 {
			doc += " (" + strings.Join(slices.DeleteFunc(slices.Clone(o.Choices), func(s string) bool { return s == "" }), ", ") + ")"
		}
		f := cmd.Flags().VarPF(&configFlag{c, o}, o.Name, "", doc)
		if o.Type == "bool" {
			f.NoOptDefVal = "true"
		}
	}
	return nil
}

// sectionTitles name the groups of settings in the help.
var sectionTitles = []struct{ section, title string }{
	{"data", "Data"}, {"window", "Windows"}, {"model", "Model"}, {"optimizer", "Optimizer"}, {"train", "Training"}, {"", "Run"},
}

// groupHelp shows the flags of a command in groups: those of each section of the configuration, then its own.
func (c *configFlags) groupHelp(cmd *cobra.Command) {
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		groups := map[string]*pflag.FlagSet{}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			section := ""
			if own, ok := f.Value.(*configFlag); ok {
				section = own.option.Section
			}
			if groups[section] == nil {
				groups[section] = pflag.NewFlagSet(section, pflag.ContinueOnError)
				groups[section].SortFlags = false
			}
			groups[section].AddFlag(f)
		})
		out := cmd.OutOrStderr()
		fmt.Fprintf(out, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
		for _, t := range sectionTitles {
			if g := groups[t.section]; g != nil {
				fmt.Fprintf(out, "\n%s:\n%s", t.title, g.FlagUsages())
			}
		}
		fmt.Fprintf(out, "\nEverywhere:\n%s", cmd.InheritedFlags().FlagUsages())
		return nil
	})
}

// flagNames lists the flags of a command, for suggestions.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
