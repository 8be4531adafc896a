package near

import "testing"

func TestSuggest(t *testing.T) {
	names := []string{"sunspots", "sunspots-yearly", "lstm", "gru", "adam", "nadam", "HUFL"}
	for _, c := range []struct{ word, want string }{
		{"sunspot", `; did you mean "sunspots"?`},
		{"susnpots", `; did you mean "sunspots"?`},
		{"LSMT", `; did you mean "lstm"?`},
		{"adma", `; did you mean "adam"?`},
		{"hufl", `; did you mean "HUFL"?`},
		{"sunspots-y", `; did you mean "sunspots"?`},
		{"transformer", ""},
		{"x", ""},
		{"", ""},
	} {
		if got := Suggest(c.word, names); got != c.want {
			t.Errorf("Suggest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}

func TestSuggestNothing(t *testing.T) {
	if got := Suggest("a", nil); got != "" {
		t.Errorf("Suggest among nothing = %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "", 3}, {"kitten", "sitting", 3}} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
