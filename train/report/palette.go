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
// black likewise; darkened, vermilion and orange would meet, so that orange leans to their yellow and vermilion to red. The twins have the
// colours of the contenders once more, each in another dash.
var palette = [...]ink{
	Ink:       {0x222222, 0xE4E4E4, 1.2, nil},
	Blue:      {0x0067A8, 0x4F9BE0, 1.8, nil},
	Vermilion: {0xC83200, 0xF2703C, 1.3, []float64{6, 3}},
	Green:     {0x00805E, 0x2FB48C, 1.3, []float64{2, 2}},
	Purple:    {0xB8609C, 0xD58FBB, 1.3, []float64{8, 3, 2, 3}},
	Orange:    {0xBE8A00, 0xF2CC3C, 1.3, []float64{4, 2}},
	Grey:      {0x767676, 0x8A8A8A, 1.1, []float64{1, 2}},
	Sky:       {0x2896D6, 0x8FD8FF, 1.5, nil},
	Wine:      {0x6A1B4D, 0xB0497F, 1.3, []float64{10, 3}},

	twins:     {0x0067A8, 0x4F9BE0, 1.8, []float64{3, 3}},
	twins + 1: {0xC83200, 0xF2703C, 1.5, nil},
	twins + 2: {0x00805E, 0x2FB48C, 1.5, []float64{12, 3}},
	twins + 3: {0xB8609C, 0xD58FBB, 1.5, nil},
	twins + 4: {0xBE8A00, 0xF2CC3C, 1.5, []float64{12, 3, 2, 3}},
	twins + 5: {0x222222, 0xE4E4E4, 1.3, []float64{6, 3}},
	twins + 6: {0x2896D6, 0x8FD8FF, 1.5, []float64{6, 2, 2, 2}},
	twins + 7: {0x6A1B4D, 0xB0497F, 1.5, []float64{2, 3}},
}

// bandAlpha is the opacity of a band, of 255; nested bands add up.
const bandAlpha = 42

// css writes the palette as rules for the page's charts: a class cN draws, bN fills.
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
