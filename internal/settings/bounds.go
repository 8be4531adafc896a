package settings

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// bounds are conditions that a number must meet, in the order of the table below.
type bounds []bound

type bound struct {
	words string // such as "at least"
	limit float64
	text  string // the limit as it stands in the tag
	holds func(x, limit float64) bool
}

func readBounds(tag reflect.StructTag) (bounds, error) {
	var out bounds
	for _, b := range []struct {
		tag, words string
		holds      func(x, limit float64) bool
	}{
		{"min", "at least", func(x, limit float64) bool { return x >= limit }},
		{"above", "above", func(x, limit float64) bool { return x > limit }},
		{"max", "at most", func(x, limit float64) bool { return x <= limit }},
		{"below", "below", func(x, limit float64) bool { return x < limit }},
	} {
		text, ok := tag.Lookup(b.tag)
		if !ok {
			continue
		}
		limit, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("the tag %s is %q, want a number", b.tag, text)
		}
		out = append(out, bound{b.words, limit, text, b.holds})
	}
	return out, nil
}

func (bs bounds) hold(x float64) bool {
	for _, b := range bs {
		if !b.holds(x, b.limit) {
			return false
		}
	}
	return true
}

// String is such as "at least 0 and below 1", or empty.
func (bs bounds) String() string {
	parts := make([]string, len(bs))
	for i, b := range bs {
		parts[i] = b.words + " " + b.text
	}
	return strings.Join(parts, " and ")
}

// after is String with a space before it if there is anything to say.
func (bs bounds) after() string {
	if len(bs) == 0 {
		return ""
	}
	return " " + bs.String()
}
