package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of this source tree; CHANGELOG.md says what is in it.
const release = "0.1.0"

// version is the release, with the commit where the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}

// modules are the versions of the engines that numbers depend on.
func modules() map[string]string {
	found := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	names := map[string]string{"gorgonia.org/gorgonia": "gorgonia", "gorgonia.org/tensor": "tensor", "gonum.org/v1/gonum": "gonum"}
	for _, d := range info.Deps {
		if name, ok := names[d.Path]; ok {
			found[name] = d.Version
		}
	}
	return found
}

func newVersion(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and those of Go and the engines",
		Args:  exactly(0, "none"),
		RunE: func(*cobra.Command, []string) error {
			m := modules()
			c.print("lenz %s (%s, %s/%s; gorgonia %s, tensor %s, gonum %s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
				m["gorgonia"], m["tensor"], m["gonum"])
			return c.object(map[string]any{"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "modules": m})
		},
	}
}
