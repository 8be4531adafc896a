package settings

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"":                         nil,
		"  ":                       nil,
		"a":                        {"a"},
		" a , b c,d":               {"a", "b c", "d"},
		"a,,b,":                    {"a", "", "b", ""},
		`"sales, net",b`:           {"sales, net", "b"},
		` a , " b " ,"say ""hi"""`: {"a", " b ", `say "hi"`},
		`5" disk,b`:                {`5" disk`, "b"},
		`""`:                       {""},
	} {
		got, err := Split(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
	for text, want := range map[string]string{`a,"b`: "element 2", `"a"b,c`: `"b" follows`, `"`: "never closed", `"a""`: "never closed"} {
		if got, err := Split(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestJoin(t *testing.T) {
	for text, list := range map[string][]string{
		"":               nil,
		"a,b c":          {"a", "b c"},
		`"sales, net",b`: {"sales, net", "b"},
		`" b ","""q"""`:  {" b ", `"q"`},
		`""`:             {""},
		"a,,b":           {"a", "", "b"},
	} {
		if got := Join(list); got != text {
			t.Errorf("%q: %s, want %s", list, got, text)
		}
	}
}

func FuzzJoinAndSplit(f *testing.F) {
	for _, s := range []string{"", ",", `"`, `a"`, "a\x00b", " a", "\n\x00\t", "a,b\x00\"c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := strings.Split(s, "\x00")
		got, err := Split(Join(list))
		if err != nil || !cmp.Equal(list, got) {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	})
}

func TestColumnsWithCommasGoBack(t *testing.T) {
	s := good()
	if err := Set(&s, "columns", `"sales, net",b`); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"sales, net", "b"}, s.Columns); d != "" {
		t.Error(d)
	}
	fields, err := Fields(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := fields[len(fields)-1].Value; got != `"sales, net",b` {
		t.Errorf("written as %s", got)
	}
	if err := Set(&s, "columns", `"sales, net`); err == nil || !strings.Contains(err.Error(), "never closed") {
		t.Errorf("an open quote: %v", err)
	}
}
