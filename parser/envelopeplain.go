package parser

import "github.com/imapstack/imapstack/wire"

// decodePlain reads an envelope in the form that nearly every server sends: ten fields with one space between them.
// It reports whether the envelope has that form. If not, x and d are in an undefined state, and decodeFields must
// read the envelope from its start.
//
// decodePlain accepts only envelopes that decodeFields reads the same way. Like plainString, it exists for speed: for
// an envelope with four addresses, it takes two thirds of the time that decodeFields takes. An envelope that departs
// from the form only near its end is read twice, and takes three quarters more time.
func (x *Envelope) decodePlain(d *wire.Decoder) bool {
	b, i := d.Raw(), d.Pos()
	if len(b) <= i || b[i] != '(' {
		return false
	}
	i++
	x.Date, i = plainField(d, b, i, ' ')
	x.Subject, i = plainField(d, b, i, ' ')
	at := i
	x.From, i = x.plainList(d, b, i)
	if i == 0 {
		return false
	}
	from := b[at:i]
	x.Sender, i = x.plainSame(d, b, i, from)
	x.ReplyTo, i = x.plainSame(d, b, i, from)
	x.To, i = x.plainList(d, b, i)
	x.Cc, i = x.plainList(d, b, i)
	x.Bcc, i = x.plainList(d, b, i)
	x.InReplyTo, i = plainField(d, b, i, ' ')
	x.MessageID, i = plainField(d, b, i, ')')
	if i > 0 {
		d.Seek(i)
	}
	return i > 0
}

// plainList reads a list of addresses at b[i] and the space after it, with the same conventions as plainField.
func (x *Envelope) plainList(d *wire.Decoder, b []byte, i int) (list []Address, next int) {
	if i == 0 || len(b) < i+4 {
		return nil, 0
	}
	if string(b[i:i+4]) == "NIL " {
		return nil, i + 4
	}
	if b[i] != '(' {
		return nil, 0
	}
	n, most := len(x.addrs), min(maxList, d.MaxItems())
	for i++; i < len(b) && b[i] == '('; {
		k := len(x.addrs)
		switch {
		case k >= most:
			return nil, 0
		case k < cap(x.addrs):
			x.addrs = x.addrs[:k+1]
		default:
			x.addrs = append(x.addrs, Address{})
		}
		a := &x.addrs[k]
		i++
		a.Name, i = plainField(d, b, i, ' ')
		a.Route, i = plainField(d, b, i, ' ')
		a.Mailbox, i = plainField(d, b, i, ' ')
		a.Host, i = plainField(d, b, i, ')')
		if i == 0 {
			return nil, 0
		}
	}
	if k := len(x.addrs); k > n && i+1 < len(b) && b[i] == ')' && b[i+1] == ' ' {
		return x.addrs[n:k:k], i + 2
	}
	return nil, 0
}

// plainSame does what plainList does, for Sender and ReplyTo. It is faster if the field has the same octets as From,
// which is the usual case (see fromAgain).
func (x *Envelope) plainSame(d *wire.Decoder, b []byte, i int, from []byte) (list []Address, next int) {
	if n := len(from); i == 0 || len(b)-i <= n || string(b[i:i+n]) != string(from) || 3*len(x.From) > min(maxList, d.MaxItems()) {
		return x.plainList(d, b, i)
	}
	if len(x.From) == 0 {
		return nil, i + len(from)
	}
	n := len(x.addrs)
	x.addrs = append(x.addrs, x.From...)
	return x.addrs[n:len(x.addrs):len(x.addrs)], i + len(from)
}
