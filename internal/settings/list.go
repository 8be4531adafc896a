package settings

import (
	"fmt"
	"strings"
)

// Split cuts a list in text at its commas, as a setting of several texts is read: the spaces around an element are
// dropped, and the empty text is an empty list. An element that begins with a quote ends at the next one and may hold
// commas and spaces at its ends, and a quote where it is doubled, as in CSV (RFC 4180): `"sales, net",b` is the two
// elements `sales, net` and `b`. Quotes further on in an element stand for themselves.
func Split(text string) ([]string, error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return nil, nil
	}
	var list []string
	for {
		element, after, more, err := cutElement(rest)
		if err != nil {
			return nil, fmt.Errorf("element %d of %s: %w", len(list)+1, text, err)
		}
		list = append(list, element)
		if !more {
			return list, nil
		}
		rest = strings.TrimSpace(after)
	}
}

// Join writes a list as text that Split takes back to the same elements: those that need quotes get them, others stay
// as they are.
func Join(list []string) string {
	parts := make([]string, len(list))
	for i, e := range list {
		plain := !strings.Contains(e, ",") && !strings.HasPrefix(e, `"`) && strings.TrimSpace(e) == e
		if e == "" {
			plain = len(list) > 1 // alone it would read as an empty list
		}
		if parts[i] = e; !plain {
			parts[i] = `"` + strings.ReplaceAll(e, `"`, `""`) + `"`
		}
	}
	return strings.Join(parts, ",")
}

// cutElement cuts off the first element; more tells whether a comma followed it.
func cutElement(text string) (element, rest string, more bool, err error) {
	if !strings.HasPrefix(text, `"`) {
		element, rest, more = strings.Cut(text, ",")
		return strings.TrimSpace(element), rest, more, nil
	}
	var b strings.Builder
	rest = text[1:]
	for {
		part, after, closed := strings.Cut(rest, `"`)
		if !closed {
			return "", "", false, fmt.Errorf("a quote is opened and never closed: close it, or leave it out")
		}
		b.WriteString(part)
		if rest = after; !strings.HasPrefix(rest, `"`) {
			break
		}
		b.WriteByte('"')
		rest = rest[1:]
	}
	between, rest, more := strings.Cut(rest, ",")
	if between = strings.TrimSpace(between); between != "" {
		return "", "", false, fmt.Errorf("%q follows the closing quote: put a comma between, or double quotes that belong to the element", between)
	}
	return b.String(), rest, more, nil
}
