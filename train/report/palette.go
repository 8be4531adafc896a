package report

import (
	"fmt"
	"strings"
)

// ink is how a colour looks: on white, on near-black, how thick, how dashed.
type ink struct {
	light, dark uint32
	width       float64
	dash        []float64
}

// palette holds the colours of Okabe and Ito (2008), darkened on white to a contrast of at least 3:1 and lightened on
// black likewise.
var palette = [...]ink{
	Ink:       {0x333333, 0xD8D8D8, 1.2, nil},
	Blue:      {0x0072B2, 0x56B4E9, 1.8, nil},
	Vermilion: {0xC44E00, 0xF28A4B, 1.3, []float64{6, 3}},
	Green:     {0x00805E, 0x2FC79C, 1.3, []float64{2, 2}},
	Purple:    {0xA5568A, 0xE09CC4, 1.3, []float64{8, 3, 2, 3}},
	Orange:    {0xA87000, 0xF0B43C, 1.3, []float64{4, 2}},
	Grey:      {0x767676, 0x9A9A9A, 1.1, []float64{1, 2}},
}

// bandAlpha is the opacity of a band, of 255; nested bands add up.
const bandAlpha = 42

// css writes the palette as rules for the page's charts: classes c0 to c6 draw, b0 to b6 fill.
func css() string {
	var light, dark, rules strings.Builder
	for i, c := range palette {
		fmt.Fprintf(&light, "--c%d:#%06x;", i, c.light)
		fmt.Fprintf(&dark, "--c%d:#%06x;", i, c.dark)
		fmt.Fprintf(&rules, ".chart .c%d{stroke:var(--c%d);stroke-width:%g", i, i, c.width)
		for j, d := range c.dash {
			fmt.Fprintf(&rules, "%s%g", [...]string{";stroke-dasharray:", " "}[min(j, 1)], d)
		}
		fmt.Fprintf(&rules, "}\n.chart .b%d{fill:var(--c%d)}\n", i, i)
	}
	return fmt.Sprintf(":root{%s}\n@media (prefers-color-scheme:dark){:root{%s}}\n@media print{:root{%s}}\n%s.chart .band{fill-opacity:%.3f}\n",
		light.String(), dark.String(), light.String(), rules.String(), bandAlpha/255.0)
}
