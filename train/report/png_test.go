package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"
)

// The standard library reads back every pixel, in rows that repeat and in rows that do not.
func TestPNGKeepsEveryPixel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for y := range 30 {
		for x := range 40 {
			c := color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
			if y%3 == 1 {
				c = whole.RGBAAt(x, y-1)
			}
			whole.SetRGBA(x, y, c)
		}
	}
	for _, m := range []*image.RGBA{whole, whole.SubImage(image.Rect(7, 4, 29, 25)).(*image.RGBA), whole.SubImage(image.Rect(0, 0, 1, 1)).(*image.RGBA)} {
		var b bytes.Buffer
		if err := writePNG(&b, m); err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds().Size() != m.Rect.Size() {
			t.Fatalf("%v, want the size of %v", got.Bounds(), m.Rect)
		}
		for y := range m.Rect.Dy() {
			for x := range m.Rect.Dx() {
				if want := m.RGBAAt(m.Rect.Min.X+x, m.Rect.Min.Y+y); color.RGBAModel.Convert(got.At(x, y)) != want {
					t.Fatalf("pixel %d, %d of %v is %v, want %v", x, y, m.Rect, got.At(x, y), want)
				}
			}
		}
	}
}
