package commands

import (
	"errors"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/session"
)

// Limits are the limits that a server announces for one command. A limit that it does not announce is zero. The value
// is the caller's.
type Limits struct {
	AppendSize uint64 // octets in a message for Append (APPENDLIMIT=, RFC 7889 §3)
	Messages   uint32 // messages that a command handles; given more, it handles some and says so by the code MESSAGELIMIT (MESSAGELIMIT=, RFC 9738)
	Save       uint32 // messages that a command may store: Append, Copy, Move (SAVELIMIT=, RFC 9738)
}

// LimitsOf returns the limits in caps. If a capability has several values, the least counts.
func LimitsOf(caps session.Caps) Limits {
	return Limits{
		AppendSize: least(caps, "APPENDLIMIT=", 64),
		Messages:   uint32(least(caps, "MESSAGELIMIT=", 32)),
		Save:       uint32(least(caps, "SAVELIMIT=", 32)),
	}
}

func least(caps session.Caps, prefix string, bits int) (n uint64) {
	for _, value := range caps.Values(prefix) {
		if v, err := strconv.ParseUint(value, 10, bits); err == nil && (n == 0 || v < n) {
			n = v
		}
	}
	return n
}

// SieveScriptEntry is the annotation of a mailbox, and of the server, that names the script to run when messages change
// (RFC 6785 §2.2), for SetMetadata.
const SieveScriptEntry = "/shared/imapsieve/script"

// SieveURL returns where a server with IMAPSIEVE= accepts scripts (RFC 6785 §2.1), as in "sieve://sieve.example.com",
// and false if it runs none. The URL is in lower case, because capabilities are not case-sensitive.
func SieveURL(caps session.Caps) (url string, ok bool) {
	for _, url = range caps.Values("IMAPSIEVE=") {
		return strings.ToLower(url), true
	}
	return "", false
}

// LoginReferral returns the servers to which a server with LOGIN-REFERRALS sends a user instead (RFC 2221 §4): the URLs
// of the code REFERRAL in an error of Login, Authenticate or SignIn. It returns false if there are none. If the login
// succeeded all the same, the URLs are in the Code of the Call.
func LoginReferral(err error) (urls []string, ok bool) {
	var e *session.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	return e.Code.Referral()
}
