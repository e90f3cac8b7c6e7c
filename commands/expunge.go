package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Expunged reports messages that are gone: Seq is the number of one, or, if the server sends VANISHED (RFC 7162
// §3.2.10), UIDs names any number of them. Each Seq counts after the removals reported before it.
type Expunged struct {
	Seq  uint32
	UIDs numset.Set
}

// Expunge removes the messages marked \Deleted (RFC 9051 §6.4.3).
func Expunge(s *session.Session) *session.Stream[Expunged] {
	return expunge(s, session.Command{Name: "EXPUNGE", In: session.Selected})
}

// UIDExpunge removes the messages of the set that are marked \Deleted (RFC 4315 §2.1, RFC 9051 §6.4.9).
// It refuses a set of sequence numbers.
func UIDExpunge(s *session.Session, uids numset.Set) *session.Stream[Expunged] {
	return expunge(s, session.Command{
		Name: "UID EXPUNGE", In: session.Selected, Needs: "UIDPLUS",
		Args: func(e *wire.Encoder) {
			setOf(e, uids, numset.UID)
		},
	})
}

func expunge(s *session.Session, cmd session.Command) *session.Stream[Expunged] {
	cmd.Flow = session.Shared | session.Removes
	cmd.Claim = claimExpunge
	cmd.Answers = byPlace("EXPUNGE", "VANISHED")
	return session.StartStream(s, cmd, decodeExpunge())
}

// claimExpunge claims EXPUNGE and VANISHED. The handler sees them too, because it keeps the program's count of
// messages.
func claimExpunge(r *parser.Response) bool { return r.Name == "EXPUNGE" || r.Name == "VANISHED" }

func decodeExpunge() func(r *parser.Response) (*Expunged, error) {
	out, vanished := new(Expunged), new(parser.Vanished)
	return func(r *parser.Response) (*Expunged, error) {
		*out = Expunged{}
		if r.Name == "EXPUNGE" {
			out.Seq = r.Num
			return out, nil
		}
		if err := vanished.Decode(r.Decoder()); err != nil {
			return nil, err
		}
		out.UIDs = vanished.UIDs
		return out, nil
	}
}
