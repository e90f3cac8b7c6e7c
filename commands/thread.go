package commands

import (
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// ThreadAlgorithm is an algorithm that finds which messages belong to one thread. A server that supports it has the
// capability THREAD= followed by its name.
type ThreadAlgorithm string

// The algorithms of RFC 5256 §3, and Refs, which is not in an RFC.
const (
	OrderedSubject ThreadAlgorithm = "ORDEREDSUBJECT" // by subject and date, one level deep
	References     ThreadAlgorithm = "REFERENCES"     // by References, In-Reply-To and subject
	Refs           ThreadAlgorithm = "REFS"           // by References and In-Reply-To, newest thread last (Dovecot, Cyrus)
)

// Thread searches the selected mailbox and arranges the messages that it finds in threads. kind is the kind of
// numbers in the result: Thread sends THREAD or, for UIDs, UID THREAD (RFC 5256 §3). The result is the caller's.
//
// The result is a list in which each message comes before its replies, so a program needs no recursion to show it:
//
//	for level, uid := range threads.All() {
//		fmt.Println(strings.Repeat("  ", level), uid)
//	}
func Thread(s *session.Session, kind numset.Kind, algorithm ThreadAlgorithm, key search.Key) *session.Call[parser.ThreadData] {
	name := uidName("THREAD", kind)
	if !wire.IsAtom(string(algorithm)) {
		return session.Failed[parser.ThreadData](s, name, invalid("threading algorithm", string(algorithm), "is not a name"))
	}
	out := new(parser.ThreadData)
	return session.Start(s, session.Command{
		Name: name, In: session.Selected, Needs: "THREAD=" + string(algorithm), Flow: session.Reads | session.ReadsFlags | noExpungeFlow(kind),
		Args: func(e *wire.Encoder) {
			checkKind(e, kind)
			e.SP().Raw(string(algorithm)).SP().Raw("UTF-8")
			encodeKeys(e.SP(), key)
		},
		Answers: byPlace("THREAD"), Claim: named("THREAD"),
		Data: func(r *response) error {
			var x parser.ThreadData
			if err := x.Decode(r.Decoder()); err != nil {
				return err
			}
			// Several responses make one result.
			base := int32(len(out.Nodes))
			for _, n := range x.Nodes {
				if n.Parent >= 0 {
					n.Parent += base
				}
				out.Nodes = append(out.Nodes, n)
			}
			return nil
		},
	}, out)
}
