package auth

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

// Anonymous is ANONYMOUS (RFC 4505). trace tells the server something of who asks, such as an address of mail.
func Anonymous(trace string) sasl.Client { return anonymous(trace) }

type anonymous string

func (a anonymous) Start() (mech string, ir []byte, err error) {
	// RFC 4505 §2: an address, or a token of up to 255 characters.
	if utf8.RuneCountInString(string(a)) > 255 || strings.ContainsAny(string(a), "\x00\r\n") {
		return "", nil, fmt.Errorf("%w: ANONYMOUS has a trace of 255 characters at most", ErrArgument)
	}
	return "ANONYMOUS", []byte(a), nil
}

func (anonymous) Next([]byte) ([]byte, error) {
	return nil, fmt.Errorf("ANONYMOUS: %w", ErrChallenge)
}
