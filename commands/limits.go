package commands

import (
	"errors"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/session"
)

// Limits has the limits that a server announces for one command. A field is zero if the server does not announce that
// limit. The value is the caller's.
type Limits struct {
	// AppendSize limits the size in octets of a message for Append (APPENDLIMIT=, RFC 7889 §3).
	AppendSize uint64
	// Messages limits the number of messages that one command handles. If there are more, the server handles some of
	// them, and sends the code MESSAGELIMIT (MESSAGELIMIT=, RFC 9738).
	Messages uint32
	// Save limits the number of messages that AppendAll, Copy or Move may store (SAVELIMIT=, RFC 9738).
	Save uint32
}

// LimitsOf returns the limits that caps announces. Session.Caps returns the capabilities of a session. If a capability
// has several values, the smallest counts.
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

// SieveScriptEntry is the entry of the metadata of a mailbox, or of the server, that names the Sieve script to run
// when messages change (RFC 6785 §2.2). It is for [GetMetadata] and [SetMetadata].
const SieveScriptEntry = "/shared/imapsieve/script"

// SieveURL returns the URL at which the server accepts Sieve scripts, such as "sieve://sieve.example.com", from the
// capability IMAPSIEVE= (RFC 6785 §2.1). ok is false if the server does not have this capability. The URL is in lower
// case, because capabilities are not case-sensitive.
func SieveURL(caps session.Caps) (url string, ok bool) {
	for _, url = range caps.Values("IMAPSIEVE=") {
		return strings.ToLower(url), true
	}
	return "", false
}

// LoginReferral returns the URLs in the code REFERRAL, by which a server with LOGIN-REFERRALS sends a user to other
// servers (RFC 2221 §4). err is an error of Login, Authenticate or SignIn. ok is false if err contains no such URLs. A
// server may also send REFERRAL when the login succeeds; then the URLs are in the Code of the Call. The slice is the
// caller's.
func LoginReferral(err error) (urls []string, ok bool) {
	var e *session.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	return e.Code.Referral()
}
