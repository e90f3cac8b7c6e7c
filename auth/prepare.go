package auth

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

var errPrepare = errors.New("auth: string cannot be prepared")

// OpaqueString prepares a password by RFC 8265 §4.2: it replaces every space by an ASCII one, and composes characters
// (NFC). Control characters, unassigned code points, the empty string and invalid UTF-8 are errors.
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

// Username prepares a user's name by RFC 8265 §3.4 and §3.5. The name has one or more parts with spaces between them.
// In each part, wide and narrow characters become ordinary ones and characters are composed (NFC); case is kept. What
// RFC 8265 does not allow in names, and invalid UTF-8, is an error.
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

// ascii reports whether s has only printable ASCII characters, which every profile leaves unchanged.
func ascii(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return s != ""
}

// orAsIs prepares a string by a profile, or returns it unchanged if the profile does not allow it. Some accounts have
// passwords that no profile allows, on servers that never checked.
func orAsIs(profile func(string) (string, error), s string) string {
	if p, err := profile(s); err == nil {
		return p
	}
	return s
}
