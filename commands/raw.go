package commands

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// response shortens the signatures of callbacks.
type response = parser.Response

// Raw sends any command. The stream yields the untagged responses with the given names. If no names are given, it
// yields all responses that arrive while the command runs; the session's handler sees these too. Each value is valid
// until the next turn of the loop. No other command is in flight at the same time, because the session does not know
// what the command does.
//
// args writes the arguments, each with a space before it; nil means no arguments. wire.Encoder.Raw writes text
// unchanged.
func Raw(s *session.Session, name string, args func(*wire.Encoder), responses ...string) *session.Stream[parser.Response] {
	return session.StartStream(s, rawCommand(name, args, responses), itself)
}

func rawCommand(name string, args func(*wire.Encoder), responses []string) session.Command {
	cmd := session.Command{
		Name: name, Args: args, Flow: session.Alone,
		Claim: func(r *parser.Response) bool { return len(responses) == 0 || slices.Contains(responses, r.Name) },
	}
	if len(responses) == 0 {
		// A response may also be about a change in the mailbox, so the session's handler gets it too.
		cmd.Flow |= session.Shared
	}
	return cmd
}

// itself returns the response unchanged. It is the decode function for a stream whose values are the responses.
func itself(r *parser.Response) (*parser.Response, error) { return r, nil }
