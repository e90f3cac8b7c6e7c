package commands

import (
	"errors"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/session"
)

// Limits are what a server says it does in one command at most. What it does not say is zero. It is the caller's.
type Limits struct {
	AppendSize uint64 // the octets of a message that Append takes (APPENDLIMIT=, RFC 7889 §3)
	Messages   uint32 // the messages that a command deals with; of more it deals with some, and says so by MESSAGELIMIT (MESSAGELIMIT=, RFC 9738)
	Save       uint32 // the messages that a command may put somewhere: Append, Copy, Move (SAVELIMIT=, RFC 9738)
}

// LimitsOf returns what capabilities tell. Where one has several values, the least counts.
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

// SieveScriptEntry is the annotation of a mailbox, and of the server, that names the script to run when messages change (RFC 6785 §2.2), for
// SetMetadata.
const SieveScriptEntry = "/shared/imapsieve/script"

// SieveURL returns where a server with IMAPSIEVE= takes scripts (RFC 6785 §2.1), as in "sieve://sieve.example.com", and false
// if it does not run any. The URL is in lower case, since capabilities have none.
func SieveURL(caps session.Caps) (url string, ok bool) {
	for _, url = range caps.Values("IMAPSIEVE=") {
		return strings.ToLower(url), true
	}
	return "", false
}

// LoginReferral returns where a server with LOGIN-REFERRALS sends a user instead (RFC 2221 §4): the URLs of REFERRAL in what Login, Authenticate or
// SignIn returned as an error, and false if there are none. A user who has been let in all the same has them in the Code of the Call.
func LoginReferral(err error) (urls []string, ok bool) {
	var e *session.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	return e.Code.Referral()
}
