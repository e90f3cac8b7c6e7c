package commands

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// response shortens the signatures of callbacks.
type response = parser.Response

// Raw sends any command and yields the untagged responses of the names given, or all that come while it
// runs if none is given, of which the session's handler is told as well; each is valid until the next turn of the loop. Nothing
// is known of what it does, so it is sent by itself.
//
// args writes the arguments, each with the space before it; nil is none. wire.Encoder.Raw takes them as text.
func Raw(s *session.Session, name string, args func(*wire.Encoder), responses ...string) *session.Stream[parser.Response] {
	return session.StartStream(s, rawCommand(name, args, responses), itself)
}

func rawCommand(name string, args func(*wire.Encoder), responses []string) session.Command {
	cmd := session.Command{
		Name: name, Args: args, Flow: session.Alone,
		Claim: func(r *parser.Response) bool { return len(responses) == 0 || slices.Contains(responses, r.Name) },
	}
	if len(responses) == 0 {
		// What comes may be news of the mailbox as well.
		cmd.Flow |= session.Shared
	}
	return cmd
}

// itself is the decoding of a stream of responses.
func itself(r *parser.Response) (*parser.Response, error) { return r, nil }
