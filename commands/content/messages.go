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
// caller's. If the set is empty, for example because a search has found nothing, Messages sends and yields nothing.
//
// If a server describes one message in several responses, Messages joins those that come one after another.
func Messages(ctx context.Context, s *session.Session, messages numset.Set) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		if messages.Kind() != numset.NoKind && messages.Empty() {
			return
		}
		var d decoder
		var held *Message // the server may still send its envelope or its structure
		release := func() bool {
			m := held
			held = nil
			// If m has neither, the server has only reported a change of flags, unsolicited.
			return m == nil || m.Envelope == nil && m.Structure == nil && m.Err == nil || yield(m, nil)
		}
		stream := commands.Fetch(s, messages, fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size, fetch.Envelope, fetch.BodyStructure)
		for f, err := range stream.All(ctx) {
			if err != nil {
				if release() {
					yield(nil, err)
				}
				return
			}
			if held == nil || !held.isAbout(f) {
				if !release() {
					return
				}
				held = &Message{Parts: new(Parts)}
			}
			d.add(held, f)
			if held.Envelope != nil && held.Structure != nil && !release() {
				return
			}
		}
		release()
	}
}

// isAbout reports whether f describes the same message as m.
func (m *Message) isAbout(f *parser.Fetch) bool {
	if m.UID != 0 && f.UID != 0 {
		return m.UID == f.UID
	}
	return m.Seq != 0 && m.Seq == f.Seq
}

// decoder decodes FETCH responses. It decodes all of them into the same two values.
type decoder struct {
	body     parser.BodyStructure
	envelope parser.Envelope
}

// add sets the fields of m for which f has data.
func (d *decoder) add(m *Message, f *parser.Fetch) {
	m.Seq, m.UID = f.Seq, max(m.UID, f.UID)
	m.note(f.Err())
	if f.Has("FLAGS") {
		m.Flags = append([]parser.Flag(nil), f.Flags...)
	}
	if f.Has("RFC822.SIZE") {
		m.Size = f.Size
	}
	if f.Has("INTERNALDATE") {
		m.Received = f.Received()
	}
	if ok, err := f.Envelope(&d.envelope); ok {
		m.note(err)
		m.Envelope = d.envelope.Clone()
		m.Subject, m.Sent = d.envelope.SubjectText(), d.envelope.Time()
	}
	if ok, err := f.BodyStructure(&d.body); ok {
		m.note(err)
		m.Structure = d.body.Clone()
		m.Parts = Sort(&d.body)
	}
}

func (m *Message) note(err error) {
	if m.Err == nil {
		m.Err = err
	}
}
