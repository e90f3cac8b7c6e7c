package auth

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

var errPrepare = errors.New("auth: string cannot be prepared")

// OpaqueString prepares a password as RFC 8265 §4.2 has it: any space becomes an ASCII one, and characters their composed
// form (NFC). Control characters, code points without a character, the empty string and what is not UTF-8 are errors.
func OpaqueString(s string) (string, error) {
	if ascii(s) {
		return s, nil
	}
	if !utf8.ValidString(s) {
		return "", errPrepare
	}
	p, err := precis.OpaqueString.String(s)
	if err != nil {
		return "", errPrepare
	}
	return p, nil
}

// Username prepares the name of a user as RFC 8265 §3.4 and §3.5 have it: parts with spaces between, in each of which wide
// and narrow characters become plain ones and characters their composed form (NFC), while their case stays. What RFC 8265 does
// not let into names, and what is not UTF-8, is an error.
func Username(s string) (string, error) {
	if ascii(s) {
		return s, nil
	}
	if !utf8.ValidString(s) {
		return "", errPrepare
	}
	parts := strings.Split(s, " ")
	for i, part := range parts {
		if part == "" {
			continue
		}
		p, err := precis.UsernameCasePreserved.String(part)
		if err != nil {
			return "", errPrepare
		}
		parts[i] = p
	}
	return strings.Join(parts, " "), nil
}

// ascii reports whether s is of printable ASCII characters, to which no profile does anything.
func ascii(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return s != ""
}

// orAsIs prepares a string by a profile, and returns it unchanged if the profile does not allow it: some accounts have
// passwords that no profile allows, on servers that never checked.
func orAsIs(profile func(string) (string, error), s string) string {
	if p, err := profile(s); err == nil {
		return p
	}
	return s
}
