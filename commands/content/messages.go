package content

import (
	"context"
	"iter"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Message is what the server knows about a message, without its text. It is the caller's.
type Message struct {
	Seq, UID  uint32
	Flags     []parser.Flag
	Size      uint64           // in octets
	Envelope  *parser.Envelope // nil if the server did not send it; valid for as long as the Message
	Subject   string           // decoded
	Sent      time.Time        // the date in the message's header; zero if that is not a date
	Received  time.Time        // INTERNALDATE
	Parts     *Parts           // never nil; empty if the server did not send BODYSTRUCTURE
	Structure *parser.BodyStructure
	// Err is not nil if some of the data about this message could not be read. The other fields are set as far as
	// possible.
	Err error
}

// Messages fetches envelopes, dates, flags and structures of messages, but not their texts. If some of a message's
// data cannot be read, its Err is set, and the loop continues. A yielded error ends the loop. The values are the
// caller's.
func Messages(ctx context.Context, s *session.Session, messages numset.Set) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		var b parser.BodyStructure
		var env parser.Envelope
		stream := commands.Fetch(s, messages, fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size, fetch.Envelope, fetch.BodyStructure)
		for f, err := range stream.All(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			m := &Message{Seq: f.Seq, UID: f.UID, Flags: append([]parser.Flag(nil), f.Flags...), Size: f.Size, Received: f.Received(), Parts: new(Parts), Err: f.Err()}
			if ok, err := f.Envelope(&env); ok {
				m.note(err)
				m.Envelope = env.Clone()
				m.Subject, m.Sent = env.SubjectText(), env.Time()
			}
			if ok, err := f.BodyStructure(&b); ok {
				m.note(err)
				m.Structure = b.Clone()
				m.Parts = Sort(&b)
			}
			if m.Envelope == nil && m.Structure == nil && m.Err == nil {
				continue // an unsolicited FETCH, which reports a change of flags
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (m *Message) note(err error) {
	if m.Err == nil {
		m.Err = err
	}
}
