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

// maxWait limits the pause that a server asks for.
const maxWait = 24 * time.Hour

// Classify says what an error of a session, of a dialer or of commands.SignIn means. It returns an *[Error], which
// errors.Is compares with ErrForGood, ErrForNow and ErrForCommand, and with the reasons. It returns any other error as
// it is: one of the program, or of a context that has ended. It also returns nil, and an error that has been
// classified, as they are.
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
				out.Wait = named(e)
			}
			return out
		}
	}
	return err
}

// KindOf returns the kind of an error.
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

// refusals appends every refusal by a server that err holds, of all attempts.
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

// waits finds a time in a server's text: Microsoft 365 says "Suggested Backoff Time: 299961 milliseconds", others "try
// again in 5 minutes".
var waits = regexp.MustCompile(`(?i)(?:back-?off time:|(?:again|retry|wait) (?:in|after|for)) {0,3}([0-9]{1,12}) ?(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?)`)

// named returns the time that a server names, or 0.
func named(e *evidence) time.Duration {
	for _, r := range e.refusals {
		for _, text := range append([]string{r.Text, r.Hidden.Reveal()}, r.Alerts...) {
			m := waits.FindStringSubmatch(text)
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
