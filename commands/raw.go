package commands

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// response shortens the signatures of callbacks.
type response = parser.Response

// Raw sends any command. It yields the untagged responses with the given names, or, without names, all that come while
// the command runs; the session's handler sees those too. Each is valid until the next turn of the loop. Raw sends the
// command by itself, because the session does not know what it does.
//
// args writes the arguments, each with the space before it; nil writes none. wire.Encoder.Raw takes text.
func Raw(s *session.Session, name string, args func(*wire.Encoder), responses ...string) *session.Stream[parser.Response] {
	return session.StartStream(s, rawCommand(name, args, responses), itself)
}

func rawCommand(name string, args func(*wire.Encoder), responses []string) session.Command {
	cmd := session.Command{
		Name: name, Args: args, Flow: session.Alone,
		Claim: func(r *parser.Response) bool { return len(responses) == 0 || slices.Contains(responses, r.Name) },
	}
	if len(responses) == 0 {
		// A response may also be news of the mailbox.
		cmd.Flow |= session.Shared
	}
	return cmd
}

// itself decodes a response as itself, for a stream of responses.
func itself(r *parser.Response) (*parser.Response, error) { return r, nil }
