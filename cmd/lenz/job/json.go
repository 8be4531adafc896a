package job

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// arrayOfNumbers is an array of numbers that json has spread over lines. A line break cannot be part of a string.
var arrayOfNumbers = regexp.MustCompile(`\[\n\s+-?[0-9.eE+-]+(,\n\s+-?[0-9.eE+-]+)*\n\s*\]`)

// JSON writes a value for people and programs: indented, with arrays of numbers, such as the spins of a state, on one line.
func JSON(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	text = arrayOfNumbers.ReplaceAllFunc(text, func(array []byte) []byte { return bytes.Join(bytes.Fields(array), nil) })
	return append(text, '\n'), nil
}
