package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"lenz/internal/atomicfile"
)

// Mosaic is many small pictures side by side, such as filters and samples.
type Mosaic struct {
	Name, Title, Caption string
	Height, Width        int         // of each, in values
	Tiles                [][]float64 // [N][Height*Width], row-major
	Columns              int         // tiles in a row; 0 for about as many as rows
	// Signed shows values around 0, negative ones blue and positive ones red, each tile by its greatest magnitude; otherwise 0 is
	// black and 1 white.
	Signed bool
}

// mosaicWidth is about how wide a mosaic is, in pixels.
const mosaicWidth = 720

// draw makes the image.
func (m Mosaic) draw() (*image.RGBA, error) {
	n := len(m.Tiles)
	if n == 0 || m.Height < 1 || m.Width < 1 {
		return nil, fmt.Errorf("report: mosaic %q of %d tiles of %dx%d: give at least one of at least 1x1", m.Name, n, m.Height, m.Width)
	}
	columns := m.Columns
	if columns < 1 {
		columns = int(math.Ceil(math.Sqrt(float64(n))))
	}
	columns = min(columns, n)
	rows := (n + columns - 1) / columns
	scale := max(1, mosaicWidth/(columns*(m.Width+1)))
	stepX, stepY := (m.Width+1)*scale, (m.Height+1)*scale
	img := image.NewRGBA(image.Rect(0, 0, columns*stepX+scale, rows*stepY+scale))
	for i := range img.Pix {
		img.Pix[i] = 0x99
		if i%4 == 3 {
			img.Pix[i] = 0xff
		}
	}
	for k := n; k < rows*columns; k++ { // what the last row lacks is no part of the picture
		x0, y0 := k%columns*stepX+scale, k/columns*stepY+scale
		draw.Draw(img, image.Rect(x0, y0, x0+stepX, y0+stepY), image.Transparent, image.Point{}, draw.Src)
	}
	for k, tile := range m.Tiles {
		if len(tile) != m.Height*m.Width {
			return nil, fmt.Errorf("report: tile %d of mosaic %q has %d values, want %d for %dx%d", k, m.Name, len(tile), m.Height*m.Width, m.Height, m.Width)
		}
		most := 0.0
		for _, v := range tile {
			most = max(most, math.Abs(v))
		}
		for i, v := range tile {
			c := m.shade(v, most)
			x0, y0 := k%columns*stepX+scale+i%m.Width*scale, k/columns*stepY+scale+i/m.Width*scale
			for y := range scale {
				for x := range scale {
					img.SetRGBA(x0+x, y0+y, c)
				}
			}
		}
	}
	return img, nil
}

// shade is the colour of a value. Red and blue stay apart for colour-blind readers, and white is in the middle.
func (m Mosaic) shade(v, most float64) color.RGBA {
	if !m.Signed {
		g := uint8(255 * min(max(v, 0), 1))
		return color.RGBA{g, g, g, 255}
	}
	if most > 0 {
		v /= most
	}
	fade := uint8(255 * (1 - math.Abs(v)))
	if v < 0 {
		return color.RGBA{fade, uint8(96 + float64(fade)*159/255), 255, 255}
	}
	return color.RGBA{255, uint8(64 + float64(fade)*191/255), fade, 255}
}

// PNG writes the mosaic.
func (m Mosaic) PNG(w io.Writer) error {
	img, err := m.draw()
	if err != nil {
		return err
	}
	return png.Encode(w, img)
}

// Save writes the mosaic to a PNG file, and leaves no partial file behind.
func (m Mosaic) Save(path string) error { return atomicfile.Write(path, m.PNG) }

// inline is the mosaic as the address of an image in a page.
func (m Mosaic) inline() (string, error) {
	var b bytes.Buffer
	if err := m.PNG(&b); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
