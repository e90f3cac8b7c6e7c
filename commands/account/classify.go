package account

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/imapstack/imapstack/session"
)

// maxWait limits a pause that a server asks for.
const maxWait = 24 * time.Hour

// Classify says what an error of a session, of a dialer or of commands.SignIn means. It returns an *[Error] that
// wraps err. errors.Is compares it with ErrForGood, ErrForNow and ErrForCommand, and with the reasons, such as
// ErrThrottled. Classify returns err unchanged if err is nil, wraps context.Canceled, has been classified already, or
// matches no row of [Causes], for example because the program itself has made it.
func Classify(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	e := &evidence{err: err, refusals: refusals(err, nil)}
	for _, c := range Causes {
		if c.match(e) {
			out := &Error{Cause: c, Err: err}
			if c.Kind == ForNow {
				out.Wait = namedWait(e)
			}
			return out
		}
	}
	return err
}

// KindOf returns the kind that Classify finds for err, or Unknown.
func KindOf(err error) Kind {
	if e := asError(Classify(err)); e != nil {
		return e.Cause.Kind
	}
	return Unknown
}

func asError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// refusals appends every NO, BAD or BYE of a server that err wraps.
func refusals(err error, list []*session.Error) []*session.Error {
	if e, ok := err.(*session.Error); ok {
		return append(list, e)
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		if inner := u.Unwrap(); inner != nil {
			list = refusals(inner, list)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			if inner != nil {
				list = refusals(inner, list)
			}
		}
	}
	return list
}

// waitPattern finds a duration in a server's text, such as "Suggested Backoff Time: 299961 milliseconds" (Microsoft
// 365) or "try again in 5 minutes".
var waitPattern = regexp.MustCompile(`(?i)(?:back-?off time:|(?:again|retry|wait) (?:in|after|for)) {0,3}([0-9]{1,12}) ?(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?)`)

// namedWait returns the time for which the server asks the client to wait, or 0.
func namedWait(e *evidence) time.Duration {
	for _, r := range e.refusals {
		for _, text := range append([]string{r.Text, r.Hidden.Reveal()}, r.Alerts...) {
			m := waitPattern.FindStringSubmatch(text)
			if m == nil {
				continue
			}
			n, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				continue
			}
			unit := time.Millisecond
			switch strings.ToLower(m[2])[:2] {
			case "se":
				unit = time.Second
			case "mi":
				if m[2][2]|0x20 == 'n' {
					unit = time.Minute
				}
			case "ho":
				unit = time.Hour
			}
			if n > int64(maxWait/unit) {
				return maxWait
			}
			return time.Duration(n) * unit
		}
	}
	return 0
}
