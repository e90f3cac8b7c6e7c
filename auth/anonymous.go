package auth

import (
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

// Anonymous returns the mechanism ANONYMOUS (RFC 4505). The trace is a text about the client, such as a mail address.
// It may be empty. If trace is not UTF-8, is longer than 255 characters, or has NUL, CR or LF, Start returns an
// ErrArgument.
func Anonymous(trace string) sasl.Client { return anonymous(trace) }

type anonymous string

func (a anonymous) Start() (mech string, ir []byte, err error) {
	if !validTrace(string(a)) {
		return "", nil, badArgument("ANONYMOUS", "takes a trace of at most 255 characters of UTF-8 in one line")
	}
	return "ANONYMOUS", []byte(a), nil
}

func (anonymous) Next([]byte) ([]byte, error) { return nil, noChallenge("ANONYMOUS") }

// validTrace reports whether s is allowed as a trace. RFC 4505 §2 asks for an address or a token without "@", but
// validTrace accepts other text, because clients send it.
func validTrace(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= 255 && !strings.ContainsAny(s, "\x00\r\n")
}

// anonymousServer is the server's half of ANONYMOUS.
type anonymousServer struct{ *Server }

func (a anonymousServer) next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	if !validTrace(string(response)) {
		return nil, false, ErrResponse
	}
	if a.cfg.Anonymous == nil {
		return nil, false, ErrRefused
	}
	user, err := a.cfg.Anonymous(string(response))
	if err != nil {
		return nil, false, err
	}
	return nil, true, a.authorize(user, "")
}
