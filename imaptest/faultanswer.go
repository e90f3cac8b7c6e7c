package imaptest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Duplicate sends each untagged response of a command twice or, with Tagged, its tagged response.
type Duplicate struct{ Tagged bool }

// String describes the fault.
func (f Duplicate) String() string {
	if f.Tagged {
		return "tagged answer twice"
	}
	return "every untagged response twice"
}

func (f Duplicate) change(c *conn, inj *injection, list []response) (out []response, note string) {
	n := 0
	for _, r := range list {
		out = append(out, r)
		if r.tagged == f.Tagged && r.text[0] != '+' {
			out = append(out, r)
			n++
		}
	}
	return out, count(n, "twice")
}

// Shuffle sends the untagged responses of a command in another order, which the seed determines.
type Shuffle struct{}

// String describes the fault.
func (f Shuffle) String() string { return "untagged responses in another order" }

func (f Shuffle) change(c *conn, inj *injection, list []response) ([]response, string) {
	var at []int
	for i, r := range list {
		if !r.tagged && r.text[0] != '+' {
			at = append(at, i)
		}
	}
	if len(at) < 2 {
		return list, ""
	}
	out := slices.Clone(list)
	c.srv.faults.mu.Lock()
	order := c.chance().Perm(len(at))
	c.srv.faults.mu.Unlock()
	if slices.IsSorted(order) {
		slices.Reverse(order)
	}
	for i, j := range order {
		out[at[i]] = list[at[j]]
	}
	return out, fmt.Sprint("order ", order)
}

// Overtake lets the next command overtake this one: it sends the tagged response of the next command first. It does so
// only if the next command has already arrived. A server that runs several commands at a time may do the same.
type Overtake struct{}

// String describes the fault.
func (f Overtake) String() string { return "tagged answer after the next one" }

func (f Overtake) change(c *conn, inj *injection, list []response) ([]response, string) {
	if k := len(list); k > 0 && list[k-1].tagged && c.cmds.Buffered() > 0 && c.held == nil {
		c.held = &heldBack{text: bytes.Clone(list[k-1].text), by: c.faults}
		return list[:k-1], "held back"
	}
	return list, ""
}

// heldBack is a tagged response that is sent after the tagged response of the next command.
type heldBack struct {
	text []byte
	by   *commandFaults
}

// release sends the tagged response that Overtake has held back, after another command has been answered.
func (c *conn) release() error {
	if c.held == nil || c.held.by == c.faults && c.faults != nil {
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	text := c.held.text
	c.held = nil
	return c.put(text)
}

// WrongTag answers a command with a wrong tag.
type WrongTag struct{ Tag string } // "" is a tag that no client sends

// String describes the fault.
func (f WrongTag) String() string { return fmt.Sprintf("answered with the tag %q", f.tag()) }

func (f WrongTag) tag() string {
	if f.Tag == "" {
		return "NOBODYS"
	}
	return f.Tag
}

func (f WrongTag) change(c *conn, inj *injection, list []response) ([]response, string) {
	for i, r := range list {
		if r.tagged {
			tag, rest, _ := bytes.Cut(r.text, []byte(" "))
			list[i].text = append([]byte(f.tag()+" "), rest...)
			return list, "instead of " + string(tag)
		}
	}
	return list, ""
}

// InvalidUTF8 puts octets that are not UTF-8 into the texts of status responses and into quoted strings.
type InvalidUTF8 struct{}

// notUTF8 is a stray continuation octet, an overlong slash, a surrogate and a truncated character.
const notUTF8 = "\x80\xc0\xaf\xed\xa0\x80\xe2\x82"

// String describes the fault.
func (f InvalidUTF8) String() string { return "octets that are not UTF-8" }

func (f InvalidUTF8) change(c *conn, inj *injection, list []response) ([]response, string) {
	n := 0
	for i, r := range list {
		switch at := bytes.IndexByte(r.text, '"'); {
		case r.text[0] == '+':
		case r.status:
			list[i].text = slices.Concat(bytes.TrimRight(r.text, "\r\n"), []byte(notUTF8+"\r\n"))
			n++
		case at >= 0 && at < bytes.IndexByte(r.text, '\r'):
			// Change the last quoted string of the first line, because in LIST that is the name and not the delimiter.
			line, rest, _ := bytes.Cut(r.text, []byte("\r\n"))
			if at = bytes.LastIndexByte(line, '"'); at > 0 && line[at-1] != '\\' {
				list[i].text = slices.Concat(line[:at], []byte(notUTF8), line[at:], []byte("\r\n"), rest)
				n++
			}
		}
	}
	return list, count(n, "changed")
}

// FalseUIDValidity reports a UIDVALIDITY that the mailbox does not have, in answers to SELECT and STATUS and in
// APPENDUID and COPYUID.
type FalseUIDValidity struct{ Value uint32 }

var uidValidityWords = regexp.MustCompile(`(UIDVALIDITY|APPENDUID|COPYUID) [0-9]+`)

// String describes the fault.
func (f FalseUIDValidity) String() string { return fmt.Sprintf("UIDVALIDITY reported as %d", f.Value) }

func (f FalseUIDValidity) change(c *conn, inj *injection, list []response) ([]response, string) {
	n := 0
	for i, r := range list {
		if r.status || bytes.HasPrefix(r.text, []byte("* STATUS ")) {
			list[i].text = uidValidityWords.ReplaceAllFunc(r.text, func(b []byte) []byte {
				n++
				word, _, _ := strings.Cut(string(b), " ")
				return fmt.Appendf(nil, "%s %d", word, f.Value)
			})
		}
	}
	return list, count(n, "changed")
}

// PlaintextInjection puts plaintext after the answer to STARTTLS, as an attacker between client and server would. A
// client is wrong if it treats that text as if it had come within TLS (RFC 9051 §6.2.1).
type PlaintextInjection struct {
	Data string // "" is an untagged response
}

// String describes the fault.
func (f PlaintextInjection) String() string {
	return fmt.Sprintf("plaintext after STARTTLS: %q", f.data())
}

func (f PlaintextInjection) occasion() string { return "STARTTLS" }

func (f PlaintextInjection) data() string {
	if f.Data == "" {
		return "* OK [ALERT] this was said by nobody\r\n"
	}
	return f.Data
}

func (f PlaintextInjection) change(c *conn, inj *injection, list []response) ([]response, string) {
	if k := len(list); k > 0 && list[k-1].tagged {
		list[k-1].text = append(list[k-1].text, f.data()...)
		return list, "sent"
	}
	return list, ""
}

// count returns a text that says how many responses were changed; "" for 0.
func count(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d responses %s", n, what)
}

func (f Duplicate) inflict(*conn, *injection)          {}
func (f Shuffle) inflict(*conn, *injection)            {}
func (f Overtake) inflict(*conn, *injection)           {}
func (f WrongTag) inflict(*conn, *injection)           {}
func (f InvalidUTF8) inflict(*conn, *injection)        {}
func (f FalseUIDValidity) inflict(*conn, *injection)   {}
func (f PlaintextInjection) inflict(*conn, *injection) {}
