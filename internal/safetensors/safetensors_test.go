package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lenz/internal/bounded"
)

// file makes the bytes of a file from a header and n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func readBytes(b []byte) ([]Tensor, map[string]string, error) {
	return Read(bytes.NewReader(b), int64(len(b)))
}

// all has a tensor of every type, in the order in which Write stores them.
func all() []Tensor {
	big := make([]float64, 20_000) // more than one chunk
	for i := range big {
		big[i] = math.Sin(float64(i))
	}
	return []Tensor{
		{"f64", "F64", []int{3}, []float64{math.Inf(-1), 0.1, math.Copysign(0, -1)}},
		{"big", "F64", []int{100, 200}, big},
		{"i64", "I64", []int{2}, []int64{math.MinInt64, math.MaxInt64}},
		{"u64", "U64", []int{1}, []uint64{math.MaxUint64}},
		{"rnn.weight_ih_l0", "F32", []int{2, 2}, []float32{1, 2, 3, float32(math.Inf(1))}},
		{"i32", "I32", []int{1}, []int32{-7}},
		{"u32", "U32", []int{1}, []uint32{7}},
		{"i16", "I16", []int{1}, []int16{-300}},
		{"f16", "F16", []int{2}, []uint16{0x3c00, 0xc000}},
		{"bf16", "BF16", []int{1}, []uint16{0x3f80}},
		{"i8", "I8", []int{2}, []int8{-1, 1}},
		{"u8", "U8", []int{1}, []uint8{255}},
		{"bool", "BOOL", []int{2}, []bool{true, false}},
		{"scalar", "U8", []int{}, []uint8{9}},
		{"empty <é&\"> \u2028", "U8", []int{0, 5}, []uint8{}},
	}
}

func TestRoundTrip(t *testing.T) {
	want, meta := all(), map[string]string{"b": "2", "a": "\"<1>\"\n", "": ""}
	var b, again bytes.Buffer
	if err := Write(&b, want, meta); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, want, meta); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("two writes differ (error %v)", err)
	}
	got, gotMeta, err := readBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("tensors (-want +got):\n%s", d)
	}
	if d := cmp.Diff(meta, gotMeta); d != "" {
		t.Errorf("metadata (-want +got):\n%s", d)
	}
	if n := binary.LittleEndian.Uint64(b.Bytes()); n%8 != 0 {
		t.Errorf("the header has %d bytes, want a multiple of 8", n)
	}
}

func TestNaNKeepsItsBits(t *testing.T) {
	odd := math.Float64frombits(0x7ff8000000000123)
	var b bytes.Buffer
	if err := Write(&b, []Tensor{{Name: "x", Shape: []int{1}, Data: []float64{odd}}}, nil); err != nil {
		t.Fatal(err)
	}
	got, _, err := readBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if bits := math.Float64bits(got[0].Data.([]float64)[0]); bits != 0x7ff8000000000123 {
		t.Errorf("bits %x", bits)
	}
}

func TestWriteOrderAndType(t *testing.T) {
	var b bytes.Buffer
	in := []Tensor{
		{Name: "small", Shape: []int{1}, Data: []uint8{1}},
		{Name: "second", Shape: []int{1}, Data: []float32{1}},
		{Name: "first", Shape: []int{1}, Data: []float64{1}},
	}
	if err := Write(&b, in, nil); err != nil {
		t.Fatal(err)
	}
	got, meta, err := readBytes(b.Bytes())
	if err != nil || meta != nil {
		t.Fatal(meta, err)
	}
	order := fmt.Sprint(got[0].Name, got[0].DType, got[1].Name, got[1].DType, got[2].Name, got[2].DType)
	if want := "firstF64secondF32smallU8"; order != want {
		t.Errorf("order %s, want %s: values must lie at multiples of their size", order, want)
	}
}

func TestFloats(t *testing.T) {
	cases := []struct {
		in   Tensor
		want []float64
	}{
		{Tensor{Data: []float32{1.5}}, []float64{1.5}},
		{Tensor{Data: []float64{0.1}}, []float64{0.1}},
		// IEEE 754 binary16: 1, -2, the largest, the smallest subnormal, infinity, 1/3 rounded.
		{Tensor{DType: "F16", Data: []uint16{0x3c00, 0xc000, 0x7bff, 1, 0xfc00, 0x3555}},
			[]float64{1, -2, 65504, math.Ldexp(1, -24), math.Inf(-1), 0.333251953125}},
		{Tensor{DType: "BF16", Data: []uint16{0x3f80, 0xc040}}, []float64{1, -3}},
	}
	for _, c := range cases {
		got, err := c.in.Floats()
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("%v: %v, %v, want %v", c.in, got, err, c.want)
		}
	}
	nan, err := Tensor{DType: "F16", Data: []uint16{0x7e00}}.Floats()
	if err != nil || !math.IsNaN(nan[0]) {
		t.Errorf("half NaN: %v, %v", nan, err)
	}
	if _, err := (Tensor{Name: "n", DType: "U16", Data: []uint16{1}}).Floats(); err == nil || !strings.Contains(err.Error(), `"n"`) {
		t.Errorf("U16 as floats: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	cases := map[string]struct {
		in   []Tensor
		meta map[string]string
		want string
	}{
		"shape":    {in: []Tensor{{Name: "w", Shape: []int{3}, Data: []float32{1}}}, want: `tensor "w": it has 1 values, its shape [3] wants 3`},
		"negative": {in: []Tensor{{Name: "w", Shape: []int{-1}, Data: []float32{1}}}, want: "negative"},
		"type":     {in: []Tensor{{Name: "w", DType: "F64", Shape: []int{1}, Data: []float32{1}}}, want: "its type is F64, its values are []float32"},
		"unknown":  {in: []Tensor{{Name: "w", DType: "F7", Shape: []int{1}, Data: []float32{1}}}, want: "the known ones are F64"},
		"values":   {in: []Tensor{{Name: "w", Shape: []int{1}, Data: []string{"a"}}}, want: "[]string"},
		"twice":    {in: []Tensor{{Name: "w", Data: []float32{1}}, {Name: "w", Data: []float32{1}}}, want: "twice"},
		"reserved": {in: []Tensor{{Name: "__metadata__", Data: []float32{1}}}, want: "cannot be named"},
		"utf8":     {meta: map[string]string{"a": "\xff"}, want: "UTF-8"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, c.in, c.meta); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes were written", b.Len())
			}
		})
	}
}

const one = `{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`

// refused lists damaged files with a part of the error that each must give.
func refused() map[string]struct {
	in   []byte
	want string
} {
	type r = struct {
		in   []byte
		want string
	}
	entry := func(name, kind, shape, offsets string) string {
		return fmt.Sprintf(`%q:{"dtype":%q,"shape":%s,"data_offsets":%s}`, name, kind, shape, offsets)
	}
	return map[string]r{
		"empty":           {nil, "0 bytes"},
		"short":           {[]byte{1, 2, 3}, "3 bytes"},
		"header length":   {binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "bound"},
		"header cut":      {file(one, 8)[:20], "cut off"},
		"no header":       {file("", 0), "begin with {"},
		"space first":     {file(" {}", 0), "begin with {"},
		"not UTF-8":       {file("{\"\xff\":1}", 0), "UTF-8"},
		"not JSON":        {file(`{"w":}`, 0), "JSON"},
		"cut JSON":        {file(`{"w":{"dtype":"F32"`, 0), "JSON"},
		"after the end":   {file(one+"x", 8), "after its end"},
		"no object":       {file(`{"w":3}`, 0), `tensor "w"`},
		"twice":           {file(`{`+entry("w", "F32", "[1]", "[0,4]")+`,`+entry("w", "F32", "[1]", "[4,8]")+`}`, 8), "twice"},
		"key twice":       {file(`{"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "twice"},
		"metadata twice":  {file(`{"__metadata__":{"a":"1","a":"2"}}`, 0), "twice"},
		"metadata number": {file(`{"__metadata__":{"a":1}}`, 0), "string"},
		"unknown key":     {file(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, 4), `unknown key "x"`},
		"missing key":     {file(`{"w":{"dtype":"F32","shape":[1]}}`, 4), "wants dtype"},
		"type":            {file(`{`+entry("w", "F7", "[1]", "[0,4]")+`}`, 4), "the known ones"},
		"negative":        {file(`{`+entry("w", "F32", "[-1]", "[0,4]")+`}`, 4), "count"},
		"fraction":        {file(`{`+entry("w", "F32", "[1.0]", "[0,4]")+`}`, 4), "count"},
		"huge":            {file(`{`+entry("w", "F32", "[99999999999999999999]", "[0,4]")+`}`, 4), "count"},
		"overflow":        {file(`{`+entry("w", "F32", "[4294967296,4294967296,4294967296]", "[0,4]")+`}`, 4), "counted"},
		"bytes overflow":  {file(`{`+entry("w", "F64", "[2305843009213693952]", "[0,0]")+`}`, 0), "want"},
		"shape":           {file(`{`+entry("w", "F32", "[3]", "[0,8]")+`}`, 8), "want 3 values"},
		"half a value":    {file(`{`+entry("w", "F32", "[1]", "[0,6]")+`}`, 6), "want 1 values"},
		"reversed":        {file(`{`+entry("w", "F32", "[1]", "[0,4]")+`,`+entry("v", "F32", "[1]", "[4,0]")+`}`, 4), `tensor "v"`},
		"overlap":         {file(`{`+entry("v", "F32", "[2]", "[0,8]")+`,`+entry("w", "F32", "[1]", "[4,8]")+`}`, 8), "begin at 4"},
		"hole":            {file(`{`+entry("v", "F32", "[1]", "[0,4]")+`,`+entry("w", "F32", "[1]", "[8,12]")+`}`, 12), "begin at 8"},
		"beyond":          {file(one, 4), "cut off"},
		"longer":          {file(one, 9), "end at byte 8"},
		"truth":           {append(file(`{`+entry("w", "BOOL", "[1]", "[0,1]")+`}`, 0), 2), "want 0 or 1"},
	}
}

func TestReadRefuses(t *testing.T) {
	if _, _, err := readBytes(file(one, 8)); err != nil {
		t.Fatalf("the sound file is refused: %v", err)
	}
	for name, c := range refused() {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readBytes(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.safetensors")
	for _, p := range []string{path, dir} {
		if _, _, err := ReadFile(p); err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("ReadFile(%s): %v", p, err)
		}
	}
	if err := WriteFile(path, all(), nil); err != nil {
		t.Fatal(err)
	}
	if got, _, err := ReadFile(path); err != nil || len(got) != len(all()) {
		t.Errorf("%d tensors, %v", len(got), err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("cut file: %v", err)
	}
}

// The header and the values are what another implementation of the format, in a few lines of Python, makes of them.
func TestPythonReadsOurs(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := WriteFile(path, all(), map[string]string{"k": "é\n"}); err != nil {
		t.Fatal(err)
	}
	const script = `
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
h = json.loads(b[8:8+n])
def at(name, f):
    s, e = h[name]["data_offsets"]
    return struct.unpack("<" + f, b[8+n+s:8+n+e])
print(h["__metadata__"] == {"k": "\u00e9\n"}, at("f64", "3d")[1], at("rnn.weight_ih_l0", "4f"), at("i16", "h")[0], at("scalar", "B")[0])
`
	out, err := exec.Command(python, "-c", script, path).CombinedOutput()
	if want := "True 0.1 (1.0, 2.0, 3.0, inf) -300 9\n"; err != nil || string(out) != want {
		t.Errorf("python says %q (%v), want %q", out, err, want)
	}
}

// What is read can be written, and reads the same.
func FuzzRead(f *testing.F) {
	for _, c := range refused() {
		f.Add(c.in)
	}
	var b bytes.Buffer
	if err := Write(&b, all()[4:], map[string]string{"a": "b"}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(file(one, 8))
	f.Fuzz(func(t *testing.T, in []byte) {
		var tensors []Tensor
		var meta map[string]string
		var err error
		over := bounded.Run(func() bounded.Limits {
			tensors, meta, err = readBytes(in)
			return bounded.Decoded(len(in)) // values are as large as the file has them
		})
		if over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if err := Write(&once, tensors, meta); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, metaAgain, err := readBytes(once.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if err := Write(&twice, again, metaAgain); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("the second round differs (error %v)", err)
		}
	})
}
