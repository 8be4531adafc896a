package job

import (
	"fmt"
	"io"
	"os"

	"github.com/BurntSushi/toml"
)

// A configuration is small and flat; the parser of TOML goes down once a bracket or dot, and must not be led deeper than the stack
// is.
const (
	largestTOML = 1 << 20
	deepestTOML = 32
)

// readTOML reads the text of a TOML file. Errors name the file.
func readTOML(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largestTOML+1))
	if err != nil {
		return "", fmt.Errorf("cannot read the configuration: %w", err)
	}
	if len(text) > largestTOML {
		return "", fmt.Errorf("%s has more than %d bytes: a configuration is smaller", path, largestTOML)
	}
	if line := tooDeep(text); line > 0 {
		return "", fmt.Errorf("%s:%d: more than %d brackets, braces or dots on a line: a configuration has no such values", path, line, deepestTOML)
	}
	return string(text), nil
}

// tooDeep returns the line in which brackets and braces are opened, or a key is dotted, more often than a setting could
// want; 0 if there is none. Brackets in texts count as well, which does no harm.
func tooDeep(text []byte) int {
	line, open, dots := 1, 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '.':
			dots++
		case '=', ',', '"', '\'', ' ':
			dots = 0
		case '\n':
			line++
			dots = 0
		}
		if open > deepestTOML || dots > deepestTOML {
			return line
		}
	}
	return 0
}

func parseTOML(path string) (map[string]any, error) {
	text, err := readTOML(path)
	if err != nil {
		return nil, err
	}
	var top map[string]any
	if _, err := toml.Decode(text, &top); err != nil {
		return nil, fmt.Errorf("%s is not a TOML file: %w", path, err)
	}
	return top, nil
}
