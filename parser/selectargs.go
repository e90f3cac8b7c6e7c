package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SelectArgs holds the arguments of SELECT and EXAMINE (RFC 9051 §6.3.2, RFC 4466 §2.2).
type SelectArgs struct {
	Mailbox   []byte    // as received, see DecodeMailbox; valid until the next command is read
	CondStore bool      // RFC 7162 §3.1.8
	QResync   *QResync  // RFC 7162 §3.2.5; nil if the client did not send it
	Annotate  bool      // RFC 5257 §4.1
	Params    []ExtData // options without a field of their own; valid until the next command is read
}

// QResync is what a client remembers about a mailbox from an earlier session (RFC 7162 §3.2.5). The caller owns it.
type QResync struct {
	UIDValidity uint32
	ModSeq      uint64
	KnownUIDs   numset.Set // UIDs that the client knows; empty if the client did not send them
	// SeqMatch and UIDMatch hold the sequence numbers and the UIDs of the same messages, both in ascending order.
	// They are empty if the client did not send them.
	SeqMatch, UIDMatch numset.Set
}

// Decode reads the arguments.
func (a *SelectArgs) Decode(d *wire.Decoder) error {
	*a = SelectArgs{Params: reuse(a.Params)}
	a.Mailbox = d.AString()
	if d.GotSP() {
		a.Params = options(d, a.Params, func(name string) bool { return a.param(d, name) })
	}
	return ended(d, "SELECT")
}

func (a *SelectArgs) param(d *wire.Decoder, name string) bool {
	switch name {
	case "CONDSTORE":
		a.CondStore = true
	case "ANNOTATE":
		a.Annotate = true
	case "QRESYNC":
		if a.QResync != nil {
			d.Expected("one QRESYNC at most")
			return true
		}
		d.SP()
		a.QResync = new(QResync)
		a.QResync.decode(d)
	default:
		return false
	}
	return true
}

func (q *QResync) decode(d *wire.Decoder) {
	d.Want('(')
	q.UIDValidity = d.NzNumber()
	d.SP()
	q.ModSeq = zeroNumber63(d)
	if d.GotSP() {
		if !d.Is('(') {
			q.KnownUIDs = fixedSet(d, numset.UID)
			if d.GotSP() {
				q.match(d)
			}
		} else {
			q.match(d)
		}
	}
	d.Want(')')
}

// match reads the seq-match-data. Both sets must have the same number of elements, because their numbers form
// pairs.
func (q *QResync) match(d *wire.Decoder) {
	d.Want('(')
	q.SeqMatch = fixedSet(d, numset.Seq)
	d.SP()
	at := d.Pos()
	q.UIDMatch = fixedSet(d, numset.UID)
	n, _ := q.SeqMatch.Len()
	if m, _ := q.UIDMatch.Len(); m != n && d.Err() == nil {
		d.Seek(at)
		d.Expected("known-uid-set with as many numbers as known-sequence-set")
	}
	d.Want(')')
}

// Encode writes the arguments.
func (a *SelectArgs) Encode(e *wire.Encoder) {
	e.SP().AStringBytes(a.Mailbox)
	if !a.CondStore && !a.Annotate && a.QResync == nil && len(a.Params) == 0 {
		return
	}
	e.SP().Byte('(')
	var sep separator
	if a.CondStore {
		sep.word(e, "CONDSTORE")
	}
	if a.QResync != nil {
		sep.word(e, "QRESYNC")
		e.SP()
		a.QResync.encode(e)
	}
	if a.Annotate {
		sep.word(e, "ANNOTATE")
	}
	encodeOptions(e, &sep, a.Params)
	e.Byte(')')
}

func (q *QResync) encode(e *wire.Encoder) {
	e.Byte('(').Number(q.UIDValidity).SP().Number64(q.ModSeq)
	if !q.KnownUIDs.Empty() {
		e.SP()
		encodeSet(e, q.KnownUIDs, numset.UID)
	}
	if !q.SeqMatch.Empty() {
		e.SP().Byte('(')
		encodeSet(e, q.SeqMatch, numset.Seq)
		e.SP()
		encodeSet(e, q.UIDMatch, numset.UID)
		e.Byte(')')
	}
	e.Byte(')')
}
