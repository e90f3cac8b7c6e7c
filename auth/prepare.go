package auth

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

var errPrepare = errors.New("auth: string cannot be prepared")

// OpaqueString prepares a password by RFC 8265 §4.2. It replaces each kind of space by an ASCII space, and composes
// characters (NFC). Control characters, unassigned code points, the empty string and invalid UTF-8 are errors.
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

// Username prepares a user's name by RFC 8265 §3.4 and §3.5. The name has one or more parts, separated by spaces. In
// each part, Username replaces wide and narrow characters by ordinary ones, and composes characters (NFC). It keeps the
// case. Characters that RFC 8265 does not allow in names, and invalid UTF-8, are errors.
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

// ascii reports whether s has only printable ASCII characters, which all profiles leave unchanged.
func ascii(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return s != ""
}

// prepareOrKeep prepares a string by a profile. If the profile does not allow the string, prepareOrKeep returns it
// unchanged. Some servers do not check passwords, so some accounts have passwords that no profile allows.
func prepareOrKeep(profile func(string) (string, error), s string) string {
	if p, err := profile(s); err == nil {
		return p
	}
	return s
}
