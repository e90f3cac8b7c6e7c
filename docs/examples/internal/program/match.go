package program

import "strings"

// Match reports whether a name matches a pattern, in which * stands for anything.
func Match(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return name == pattern
	}
	name, ok := strings.CutPrefix(name, first)
	for ; ok; name = name[1:] {
		if Match(rest, name) {
			return true
		}
		ok = name != ""
		if !ok {
			break
		}
	}
	return false
}
