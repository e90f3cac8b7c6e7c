package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Expunged reports messages that are gone. Seq is the sequence number of one message. If the server sends VANISHED
// (RFC 7162 §3.2.10), Seq is 0, and UIDs contains the UIDs of one or more messages. Each Seq takes into account the
// removals that the server has reported before it.
type Expunged struct {
	Seq  uint32
	UIDs numset.Set
}

// Expunge removes the messages that are marked \Deleted (RFC 9051 §6.4.3). Each value is valid until the next turn of
// the loop.
func Expunge(s *session.Session) *session.Stream[Expunged] {
	return expunge(s, session.Command{Name: "EXPUNGE", In: session.Selected})
}

// UIDExpunge removes the messages of the set that are marked \Deleted (RFC 4315 §2.1, RFC 9051 §6.4.9). It refuses a
// set of sequence numbers. Each value is valid until the next turn of the loop.
func UIDExpunge(s *session.Session, uids numset.Set) *session.Stream[Expunged] {
	return expunge(s, session.Command{
		Name: "UID EXPUNGE", In: session.Selected, Needs: "UIDPLUS",
		Args: func(e *wire.Encoder) {
			encodeSetOf(e, uids, numset.UID)
		},
	})
}

func expunge(s *session.Session, cmd session.Command) *session.Stream[Expunged] {
	cmd.Flow = session.Shared | session.Removes
	cmd.Claim = claimExpunge
	cmd.Answers = byPlace("EXPUNGE", "VANISHED")
	return session.StartStream(s, cmd, decodeExpunge())
}

// claimExpunge claims EXPUNGE and VANISHED. The handler gets them too, because it may keep the program's list of
// messages up to date. VANISHED with EARLIER answers another command, such as a FETCH with fetch.Vanished.
func claimExpunge(r *parser.Response) bool {
	if r.Name != "VANISHED" {
		return r.Name == "EXPUNGE"
	}
	var v parser.Vanished
	return v.Decode(r.Decoder()) != nil || !v.Earlier
}

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
