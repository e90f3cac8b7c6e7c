package parser

import (
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestRenew renews a Reader that was between two responses, within a line, or within a streamed literal. The Reader
// must then read another stream as a new Reader does. A literal of the old stream must no longer be readable.
func TestRenew(t *testing.T) {
	long := strings.Repeat("x", 1000)
	lim := wire.Limits{Inline: 100, Message: 5000}
	p := NewReader(wire.NewReader(strings.NewReader(""), lim))
	for _, before := range []string{"", "* 1 EXISTS\r\n", "* 1 EXI", "\r\n", "* 1 FETCH (BODY[] {1000}\r\n" + long[:500], "* 2 FETCH (BODY[] {1000}\r\n" + long + ")\r\n* 9 EXISTS\r\n", "A1 NO [ALERT] no\r\n"} {
		p.Renew(strings.NewReader(before), lim)
		p.SetUTF8(true)
		var stale io.Reader
		if r, err := p.Next(); err == nil && r.Name == "FETCH" {
			f, err := r.Fetch()
			if err != nil {
				t.Fatal(err)
			}
			for sec, err := range f.Sections {
				if err != nil {
					t.Fatal(err)
				}
				stale = sec
				sec.Read(make([]byte, 10))
				break
			}
		}
		p.Renew(strings.NewReader("* 7 EXISTS\r\n* OK ["+long+"] too long\r\n"), wire.Limits{Message: 200})
		if !p.Idle() {
			t.Errorf("%.30q: Idle reports false after Renew", before)
		}
		if stale != nil {
			if n, err := stale.Read(make([]byte, 10)); err == nil || n > 0 {
				t.Errorf("%.30q: after Renew, a literal of the old stream still returns %d octets, error %v", before, n, err)
			}
		}
		r, err := p.Next()
		if err != nil || r.Name != "EXISTS" || r.Num != 7 || r.Used() != 0 {
			t.Errorf("%.30q: after Renew, got %+v, error %v, want 7 EXISTS", before, r, err)
		}
		if _, err := p.Next(); !overLimit(err) {
			t.Errorf("%.30q: got error %v, want one for the new limit", before, err)
		}
	}
}

// TestIdle checks that Idle reports false as soon as one octet of a response has arrived.
func TestIdle(t *testing.T) {
	for at, text := 0, "* 1 FETCH (BODY[] {3}\r\nabc)\r\n"; at <= len(text); at++ {
		p := NewReader(wire.NewReader(&nowAndThen{text[:at]}, wire.Limits{}))
		_, err := p.Next()
		if whole := at == len(text); whole != (err == nil) {
			t.Fatalf("Next after %d octets: error %v", at, err)
		}
		if idle := p.Idle(); idle != (at == 0) && err != nil {
			t.Errorf("after %d octets, Idle reports %v", at, idle)
		}
	}
}

// nowAndThen is a reader that returns a text, and then an error that says that nothing has arrived.
type nowAndThen struct{ text string }

func (c *nowAndThen) Read(b []byte) (int, error) {
	if c.text == "" {
		return 0, errNow{}
	}
	n := copy(b, c.text)
	c.text = c.text[n:]
	return n, nil
}

type errNow struct{}

func (errNow) Error() string   { return "nothing now" }
func (errNow) Timeout() bool   { return true }
func (errNow) Temporary() bool { return true }
