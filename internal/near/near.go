// Package near finds the name that a mistyped word was meant to be.
package near

import (
	"fmt"
	"strings"
)

// Suggest returns `; did you mean "x"?` with the nearest of the names, or "" when none is near: it is made to be
// appended to an error. Case does not count. A name is near when a third of its letters at most differ (insertions,
// deletions, replacements and swaps of neighbours count one each), or when one begins with the other and they share
// three letters. The first of equally near names wins.
//
// A word of more than 100 bytes is near to none: comparing takes as long as both are.
func Suggest(word string, among []string) string {
	if len(word) > 100 {
		return ""
	}
	w := []rune(strings.ToLower(word))
	best, least := "", 0
	for _, name := range among {
		n := []rune(strings.ToLower(name))
		d := distance(w, n)
		prefix := min(len(w), len(n)) >= 3 && (strings.HasPrefix(string(n), string(w)) || strings.HasPrefix(string(w), string(n)))
		if !prefix && d > max(1, max(len(w), len(n))/3) || d >= max(len(w), len(n)) {
			continue
		}
		if best == "" || d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the optimal string alignment distance: Levenshtein's with swaps of neighbours.
func distance(a, b []rune) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		now[0] = i + 1
		for j := range b {
			d := last[j]
			if a[i] != b[j] {
				d = 1 + min(last[j], last[j+1], now[j])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			now[j+1] = d
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
