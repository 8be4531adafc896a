package report

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"
)

// writePNG writes an opaque picture as a PNG of three bytes a pixel (ISO/IEC 15948). Every row is the difference to the one above it
// (filter 2, Up): in a drawing most rows repeat, while the standard library's encoder tries five filters on each of them, which took it
// as long as compressing.
func writePNG(w io.Writer, m *image.RGBA) error {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	var data bytes.Buffer
	z, err := zlib.NewWriterLevel(&data, zlib.BestSpeed)
	if err != nil {
		return err
	}
	const up = 2
	row := make([]byte, 1+3*width)
	row[0] = up
	above := make([]byte, 4*width)
	for y := range height {
		pixels := m.Pix[y*m.Stride:][:4*width]
		if bytes.Equal(pixels, above) {
			clear(row[1:])
		} else {
			for x := range width {
				p, q, d := pixels[4*x:][:3], above[4*x:][:3], row[1+3*x:][:3]
				d[0], d[1], d[2] = p[0]-q[0], p[1]-q[1], p[2]-q[2]
			}
		}
		if _, err := z.Write(row); err != nil {
			return err
		}
		above = pixels
	}
	if err := z.Close(); err != nil {
		return err
	}
	const depth, rgb = 8, 2
	header := binary.BigEndian.AppendUint32(nil, uint32(width))
	header = binary.BigEndian.AppendUint32(header, uint32(height))
	header = append(header, depth, rgb, 0, 0, 0)
	out := []byte("\x89PNG\r\n\x1a\n")
	out = appendChunk(out, "IHDR", header)
	out = appendChunk(out, "IDAT", data.Bytes())
	_, err = w.Write(appendChunk(out, "IEND", nil))
	return err
}

// appendChunk adds a part of a PNG: its length, kind, content and checksum.
func appendChunk(out []byte, kind string, content []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
	start := len(out)
	out = append(append(out, kind...), content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}
