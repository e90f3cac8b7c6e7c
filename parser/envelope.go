package parser

import (
	"time"

	"github.com/imapstack/imapstack/utils/mimeword"
	"github.com/imapstack/imapstack/wire"
)

// Envelope has ten fields of the header of a message, parsed by the server (RFC 9051 §7.5.2).
//
// Its fields are as the server sent them; nil means NIL. Date need not be a valid date. Subject may have encoded
// words. The fields are valid until the next response is read; Clone returns a copy that the caller owns.
type Envelope struct {
	Date      []byte    // the Date header, unparsed; valid until the next response is read
	Subject   []byte    // may contain encoded words; valid until the next response is read
	From      []Address // valid until the next response is read, as are the other lists
	Sender    []Address
	ReplyTo   []Address
	To        []Address
	Cc        []Address
	Bcc       []Address
	InReplyTo []byte // valid until the next response is read
	MessageID []byte // with its angle brackets; valid until the next response is read

	addrs []Address // backing array of all lists
}

// keepAddresses is the largest capacity that addrs keeps from one message to the next.
const keepAddresses = 1 << 12

// Decode reads an envelope from its opening parenthesis on. NIL, which RuleNilEnvelope tolerates, leaves x empty.
//
// If invalid values are tolerated, a field that Decode cannot read stays empty. Decode then goes on to the end of the
// envelope, and returns the first error. If d.Err also returns an error, Decode could not find the end of the envelope.
func (x *Envelope) Decode(d *wire.Decoder) error {
	if cap(x.addrs) > keepAddresses {
		x.addrs = nil
	}
	from := d.Pos()
	whole := x.decode(d)
	if d.Err() == nil && whole || d.Err() != nil && !isSyntax(d.Err()) || len(d.Raw()) <= from || d.Raw()[from] != '(' {
		return d.Err()
	}
	return x.oddFields(d, from)
}

// reset empties x, and makes addrs the backing array of its lists.
func (x *Envelope) reset(addrs []Address) {
	// A composite literal with addrs would be slower, because the compiler builds it elsewhere and copies it.
	*x = Envelope{}
	x.addrs = addrs
}

// decode reads an envelope without malformed fields, and reports whether it had ten fields.
func (x *Envelope) decode(d *wire.Decoder) (whole bool) {
	x.reset(reuse(x.addrs))
	if at := d.Pos(); d.Err() == nil {
		if x.decodePlain(d) {
			return true
		}
		if !d.Recover(at) {
			return false
		}
		x.reset(x.addrs[:0]) // reuse the memory, because the caller has not seen these addresses
	}
	return x.decodeFields(d)
}

// decodeFields reads an envelope field by field. It is called if decodePlain cannot read the envelope. x must be
// empty.
func (x *Envelope) decodeFields(d *wire.Decoder) (whole bool) {
	if !d.Is('(') && d.Nil() {
		if !d.Tolerate(RuleNilEnvelope) {
			d.Expected("envelope")
		}
		return true
	}
	openList(d)
	d.NStrings(&x.Date, &x.Subject)
	var from []byte // the octets of From
	for i, list := range [...]*[]Address{&x.From, &x.Sender, &x.ReplyTo, &x.To, &x.Cc, &x.Bcc} {
		if !x.more(d, i+2) {
			return false
		}
		n := len(x.addrs)
		if i > 0 && i < 3 && x.fromAgain(d, from) {
			x.addrs = append(x.addrs, x.From...)
		} else {
			at := d.Pos()
			if x.addrs = decodeAddresses(d, x.addrs); i == 0 && d.Err() == nil {
				from = d.Raw()[at:d.Pos()]
			}
		}
		if len(x.addrs) > n {
			*list = x.addrs[n:len(x.addrs):len(x.addrs)]
		}
	}
	if !x.more(d, 8) {
		return false
	}
	x.InReplyTo = d.NString()
	if !x.more(d, 9) {
		return false
	}
	x.MessageID = d.NString()
	if d.Got(')') {
		return true
	}
	x.more(d, 10)
	return false
}

// fromAgain reads Sender or ReplyTo if the field has the same octets as From, and reports whether it did. This is the
// usual case: for a message without Sender or Reply-To, the server repeats From (RFC 9051 §7.5.2).
func (x *Envelope) fromAgain(d *wire.Decoder, from []byte) bool {
	rest, n := d.Rest(), len(from)
	if len(x.From) == 0 || len(rest) <= n || rest[n] != ' ' || string(rest[:n]) != string(from) || 3*len(x.From) > min(maxList, d.MaxItems()) {
		return false
	}
	d.Seek(d.Pos() + n)
	return true
}

// more reads the space before field i of the ten, counted from 0, and reports whether that field exists. If not, more
// reads the end of the envelope.
func (x *Envelope) more(d *wire.Decoder, i int) bool {
	odd := d.GotSP()
	if i < 10 {
		if odd {
			return d.Err() == nil
		}
		odd = d.Is(')')
	}
	if odd {
		if !toleratesFields(d) {
			d.Expected("ten fields")
			return false
		}
		d.SkipValues()
	}
	d.Want(')')
	return false
}

func toleratesFields(d *wire.Decoder) bool { return d.Tolerate(RuleEnvelopeFields) }

// Encode writes the envelope.
func (x *Envelope) Encode(e *wire.Encoder) {
	e.Byte('(').NString(x.Date).SP().NString(x.Subject).SP()
	for _, list := range [...][]Address{x.From, x.Sender, x.ReplyTo, x.To, x.Cc, x.Bcc} {
		encodeAddresses(e, list)
		e.SP()
	}
	e.NString(x.InReplyTo).SP().NString(x.MessageID).Byte(')')
}

// Clone returns a copy that the caller owns.
func (x *Envelope) Clone() *Envelope {
	var k keeper
	return k.envelope(x)
}

func (k *keeper) envelope(x *Envelope) *Envelope {
	return &Envelope{
		Date:      k.bytes(x.Date),
		Subject:   k.bytes(x.Subject),
		From:      k.addresses(x.From),
		Sender:    k.addresses(x.Sender),
		ReplyTo:   k.addresses(x.ReplyTo),
		To:        k.addresses(x.To),
		Cc:        k.addresses(x.Cc),
		Bcc:       k.addresses(x.Bcc),
		InReplyTo: k.bytes(x.InReplyTo),
		MessageID: k.bytes(x.MessageID),
	}
}

// SubjectText returns Subject with its encoded words decoded, for display.
func (x *Envelope) SubjectText() string { return mimeword.Decode(string(x.Subject)) }

// Time returns the time of Date. It returns the zero time if it cannot understand Date.
func (x *Envelope) Time() time.Time { return headerDate(string(x.Date)) }
