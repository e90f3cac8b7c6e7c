package parser

import "github.com/imapstack/imapstack/wire"

// decodePlain reads an envelope that has what nearly every server sends: ten fields, and one space between two. It
// reports whether it did. If not, it leaves x and d anywhere in the envelope, and decodeFields must read it again.
//
// It knows nothing that decodeFields does not know. It exists for speed, as plainString does: an envelope with four
// addresses takes two thirds of the time. One that is odd only near its end is read twice, which takes three quarters more.
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

// plainList reads a list of addresses at b[i] and the space after it, as plainField does.
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

// plainSame does what plainList does for Sender and ReplyTo, which nearly always have the octets of From, as fromAgain
// says.
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
