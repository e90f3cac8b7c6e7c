package parser

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// readAll reads commands up to the end of the stream. It returns one line for each command.
func readAll(r *CommandReader) (log []string, err error) {
	for range 1000 {
		h, err := r.Next()
		var bad *BadCommand
		switch {
		case errors.As(err, &bad):
			log = append(log, fmt.Sprintf("%s BAD %s", tagOr(bad.Tag), bad.Text()))
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return log, err
		default:
			head := string(h.Tag) + " " + h.String()
			_, err := decodeAnyRetrying(r)
			if errors.As(err, &bad) {
				log = append(log, fmt.Sprintf("%s BAD %s", tagOr(bad.Tag), bad.Text()))
			} else if err != nil {
				return log, err
			} else {
				log = append(log, head)
			}
		}
	}
	return log, errors.New("the stream has no end after 1000 calls of Next")
}

// decodeAnyRetrying does what decodeAny does, and repeats calls that a deadline has interrupted. Only the messages
// of APPEND and REPLACE can be interrupted, because all other arguments have been read whole.
func decodeAnyRetrying(r *CommandReader) (Args, error) {
	var a AppendArgs
	switch r.Head().Name {
	case "APPEND":
		if err := a.Decode(r); err != nil {
			return nil, err
		}
	case "REPLACE":
		var x ReplaceArgs
		if err := x.Decode(r); err != nil {
			return nil, err
		}
		return allMessages(&x.AppendArgs)
	default:
		return decodeAny(r)
	}
	return allMessages(&a)
}

// allMessages reads all messages, and repeats loops that a deadline has interrupted.
func allMessages(a *AppendArgs) (Args, error) {
	for range 10000 {
		cutShort := false
		for m, err := range a.Messages {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				cutShort = true
				break
			}
			if err != nil {
				return nil, err
			}
			for p, err := range m.Parts {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					cutShort = true
					break
				}
				if err != nil {
					return nil, err
				}
				if p.URL != "" {
					continue
				}
				for err = os.ErrDeadlineExceeded; errors.Is(err, os.ErrDeadlineExceeded); {
					_, err = io.Copy(io.Discard, p.Body)
				}
				if err != nil {
					return nil, err
				}
			}
		}
		if !cutShort {
			return nil, nil
		}
	}
	return nil, errors.New("the messages have no end after 10000 loops")
}

func tagOr(tag []byte) string {
	if tag == nil {
		return "*"
	}
	return string(tag)
}

func TestBadCommands(t *testing.T) {
	const (
		sync    = "{5}\n"
		nonsync = "{5+}\nA9 NO\n"
	)
	for _, tt := range []struct{ name, in, want string }{
		{"empty line", "\n", `* BAD want tag at octet 0, got "\r\n"`},
		{"tag alone", "A1\n", `A1 BAD want command after the tag at octet 2, got "\r\n"`},
		{"tag and space", "A1 \n", `A1 BAD want command after the tag at octet 3, got "\r\n"`},
		{"no tag", " NOOP\n", `* BAD want tag at octet 0, got " NOOP\r\n"`},
		{"plus in tag", "A+1 NOOP\n", `* BAD want tag at octet 0, got "A+1 NOOP\r\n"`},
		{"star", "* NOOP\n", `* BAD want tag at octet 0, got "* NOOP\r\n"`},
		{"quoted tag", "\"A\" NOOP\n", `* BAD want tag at octet 0, got "\"A\" NOOP\r\n"`},
		{"eight bit in tag", "\xc3\xa9 NOOP\n", `* BAD want tag at octet 0, got "?? NOOP\r\n"`},
		{"NUL", "A1\x00 NOOP\n", `* BAD want tag at octet 0, got "A1\x00 NOOP\r\n"`},
		{"name in quotes", "A1 \"NOOP\"\n", `A1 BAD want atom at octet 3, got "\"NOOP\"\r\n"`},
		{"list for a name", "A1 (NOOP)\n", `A1 BAD want atom at octet 3, got "(NOOP)\r\n"`},
		{"name runs into list", "A1 STATUS(x)\n", `A1 BAD want SP or CRLF after the command's name at octet 9, got "(x)\r\n"`},
		{"UID alone", "A1 UID\n", `A1 BAD want SP at octet 6, got "\r\n"`},
		{"UID NOOP", "A1 UID NOOP\n", `A1 BAD unknown command "UID NOOP"`},
		{"UID UID FETCH", "A1 UID UID FETCH 1 FLAGS\n", `A1 BAD unknown command "UID UID"`},
		{"UID and an unknown name", "A1 UID X-NEW\n", `A1 UID X-NEW`},
		{"one argument too many", "A1 NOOP x\n", `A1 BAD arguments: want CRLF at octet 8, got "x\r\n"`},
		{"argument missing", "A1 SELECT\n", `A1 BAD SELECT: want astring at octet 9, got "\r\n"`},
		{"bad head announces a literal", "\"x\" " + sync, `* BAD want tag at octet 0, got "\"x\" {5}\r\n"`},
		{"bad head with a literal that the client sends", "\"x\" " + nonsync + "", `* BAD want tag at octet 0, got "\"x\" {5+}\r\n"`},
		{"literal for a name", "A1 {5+}\nA9 NO\n", `A1 BAD want atom at octet 3, got "{5+}\r\n"`},
		{"quotes not closed", "A1 SELECT \"a\n", `A1 BAD SELECT: want DQUOTE that ends the string at octet 11, got "a\r\n"`},
		{"bare CR", "A1 SELECT \"a\rb\"\n", `A1 BAD want TEXT-CHAR at octet 12, got "\rb\"\r\n"`},
		{"password is not shown", "A1 LOGIN fred s3cret x\n", `A1 BAD LOGIN: want CRLF at octet 20, got "[secret]"`},
		{"password after a tab is not shown", "A1 LOGIN fred\ts3cret\n", `A1 BAD LOGIN: want SP at octet 13, got "[secret]"`},
		{"password after a quote is not shown", "A1 LOGIN \"fred\"s3cret\n", `A1 BAD LOGIN: want SP at octet 15, got "[secret]"`},
		{"password in place of a name is not shown", "A1 LOGIN \ts3cret\n", `A1 BAD LOGIN: want astring at octet 9, got "[secret]"`},
		{"initial response after a tab is not shown", "A1 AUTHENTICATE PLAIN\ts3cret\n", `A1 BAD AUTHENTICATE: want CRLF at octet 21, got "[secret]"`},
		{"initial response is not shown", "A1 AUTHENTICATE PLAIN s3cret!\n", `A1 BAD AUTHENTICATE: want base64 at octet 22, got "[secret]"`},
		{"tag too long", strings.Repeat("A", 2000) + " NOOP\n", `* BAD tag of 2000 exceeds the limit of 1024`},
		{"message after a literal", "A1 APPEND x {2+}\nabc\n", `A1 BAD APPEND: want SP at octet 20, got "c\r\n"`},
		{"APPEND without a message", "A1 APPEND x\n", `A1 BAD APPEND: want SP at octet 11, got "\r\n"`},
		{"APPEND of a quoted string", "A1 APPEND x \"abc\"\n", `A1 BAD APPEND: want date-time at octet 12, got "\"abc\"\r\n"`},
		{"APPEND of UTF8 without literal8", "A1 APPEND x UTF8 ({2+}\nab)\n", `A1 BAD APPEND: want literal8 at octet 18, got "{2+}\r\nab)\r\n"`},
		{"CATENATE without a part", "A1 APPEND x CATENATE ()\n", `A1 BAD APPEND: want append-data at octet 22, got ")\r\n"`},
		{"CATENATE of a bare literal", "A1 APPEND x CATENATE ({1+}\na)\n", `A1 BAD APPEND: want cat-part at octet 22, got "{1+}\r\na)\r\n"`},
		{"REPLACE with two messages", "A1 REPLACE 1 x {1+}\na {1+}\nb\n", `A1 BAD REPLACE: want CRLF at octet 22, got " {1+}\r\nb\r\n"`},
		{"REPLACE of two messages by one", "A1 REPLACE 1:2 x {1+}\na\n", `A1 BAD REPLACE: want SP at octet 12, got ":2 x {1+}\r\na\r\n"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// After a bad command, the reader must read the next command.
			log, err := readAll(commandsOf("A0 NOOP\n" + tt.in + "A2 NOOP\n"))
			want := []string{"A0 NOOP", tt.want, "A2 NOOP"}
			if d := cmp.Diff(want, log); d != "" || err != io.EOF {
				t.Errorf("then error %v, want io.EOF; wrong lines (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestForeignProtocols(t *testing.T) {
	for in, want := range map[string]string{
		"GET / HTTP/1.1\n":                   "HTTP",
		"POST /x?y=A1%20LOGIN HTTP/1.1\n":    "HTTP",
		"PRI * HTTP/2.0\n":                   "HTTP",
		"EHLO client.example.com\n":          "SMTP",
		"HELO\n":                             "SMTP",
		"mail from:<a@b>\n":                  "SMTP",
		"USER fred\n":                        "POP3",
		"CAPA\n":                             "POP3",
		"QUIT\n":                             "POP3",
		"SSH-2.0-OpenSSH_9.6\n":              "SSH",
		"\x16\x03\x01\x02\x00\x01\x00\xfc\n": "TLS",
		"USER NOOP\n":                        "",
		"EHLO CAPABILITY\n":                  "",
		"MAIL FROM\n":                        "",
		"GET LIST HTTP/1 *\n":                "",
		"A1 NOOP\nGET / HTTP/1.1\n":          "",
	} {
		r := commandsOf(in)
		_, err := r.Next()
		var f *ForeignError
		if errors.As(err, &f) != (want != "") || f != nil && f.Protocol != want {
			t.Errorf("%q: error %v, want a ForeignError for %q", in, err, want)
		}
		if f != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error does not name the protocol: %v", in, err)
		}
	}
}

// TestRefusedLiteral checks that the octets of a refused literal are never read as a command. Otherwise an attacker
// could inject commands.
func TestRefusedLiteral(t *testing.T) {
	refusal := errors.New("too big")
	for _, tt := range []struct{ name, in string }{
		{"synchronizing, not sent", "A1 APPEND x {9}\n"},
		{"not synchronizing, sent", "A1 APPEND x {9+}\nA9 NOOP\n\n"},
		{"not synchronizing, with more after it", "A1 APPEND x {9+}\nA9 NOOP\n (\\Seen) {9+}\nA9 NOOP\n\n"},
		{"not synchronizing, then synchronizing", "A1 APPEND x {9+}\nA9 NOOP\n {9}\n"},
		{"streamed", "A1 APPEND x {100+}\nA9 NOOP\n" + strings.Repeat("A9 NOOP\n", 10) + "A\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := NewCommandReader(wire.NewReader(strings.NewReader(crlf(tt.in+"A2 NOOP\n")), wire.Limits{Inline: 64}))
			asked := 0
			r.OnLiteral(func(q *LiteralRequest) error {
				asked++
				if string(q.Head.Tag) != "A1" || q.Head.Name != "APPEND" || q.Nth != 0 || !strings.HasPrefix(string(q.Args), "x {") {
					t.Errorf("OnLiteral's function was called with %+v, arguments %s", q, q.Args)
				}
				return refusal
			})
			_, err := r.Next()
			var bad *BadCommand
			if !errors.As(err, &bad) || !errors.Is(err, refusal) || string(bad.Tag) != "A1" {
				t.Fatalf("error %v, want a BadCommand with the refusal", err)
			}
			h, err := r.Next()
			if err != nil || string(h.Tag) != "A2" || asked != 1 {
				t.Errorf("then read %v, error %v, want the command A2; OnLiteral's function was called %d times, want 1", h, err, asked)
			}
		})
	}
}

func TestRefusedLaterLiteral(t *testing.T) {
	r := NewCommandReader(wire.NewReader(strings.NewReader(crlf("A1 APPEND x {3}\nabc {9}\nA2 NOOP\n")), wire.Limits{Inline: 1}))
	refusal := errors.New("one is enough")
	r.OnLiteral(func(q *LiteralRequest) error {
		if q.Nth > 0 {
			if q.Args != nil {
				t.Errorf("Args is %q for the second literal, want nil", q.Args)
			}
			return refusal
		}
		return nil
	})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	a := new(wholeAppend)
	err := a.read(r)
	if bad := (*BadCommand)(nil); !errors.Is(err, refusal) || !errors.As(err, &bad) || string(bad.Tag) != "A1" {
		t.Fatalf("error %v, want a BadCommand with the refusal", err)
	}
	if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
		t.Errorf("then read %v, error %v, want the command A2", h, err)
	}
}

func TestLiteralWithoutFunction(t *testing.T) {
	r := NewCommandReader(wire.NewReader(strings.NewReader(crlf("A1 SELECT {1}\nA2 SELECT {1+}\nx\n")), wire.Limits{}))
	_, err := r.Next()
	if bad := (*BadCommand)(nil); !errors.As(err, &bad) || string(bad.Tag) != "A1" {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	var a SelectArgs
	if err := r.Decode(&a); err != nil || string(a.Mailbox) != "x" {
		t.Errorf("decoded the mailbox %q, error %v, want x", a.Mailbox, err)
	}
}

func TestCommandLimits(t *testing.T) {
	lim := wire.Limits{Message: 100, Inline: 10, Literal: 1000}
	long := strings.Repeat("x", 200)
	for _, tt := range []struct{ name, in, tag, what string }{
		{"line", "A1 SELECT " + long + "\n", "A1", "message"},
		{"line without a tag", long + "\n", "", "message"},
		{"line that is a tag", "A1\t" + long + "\n", "", "message"},
		{"literal of a line too long", "A1 SELECT " + long + " {3+}\nabc\n", "A1", "message"},
		{"literals together", "A1 X " + strings.Repeat("{8+}\n12345678 ", 9) + "x\n", "A1", "message"},
		{"literal, synchronizing", "A1 APPEND x {1001}\n", "A1", "literal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := NewCommandReader(wire.NewReader(strings.NewReader(crlf(tt.in+"A2 NOOP\n")), lim))
			r.OnLiteral(accept)
			_, err := r.Next()
			var bad *BadCommand
			var limit *wire.LimitError
			if !errors.As(err, &bad) || !errors.As(err, &limit) || string(bad.Tag) != tt.tag || limit.What != tt.what {
				t.Fatalf("error %v, want a BadCommand for %q with a LimitError for %q", err, tt.tag, tt.what)
			}
			if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
				t.Errorf("then read %v, error %v, want the command A2", h, err)
			}
		})
	}
	t.Run("literal, not synchronizing", func(t *testing.T) {
		r := NewCommandReader(wire.NewReader(strings.NewReader(crlf("A1 APPEND x {1001+}\nA2 NOOP\n")), lim))
		_, err := r.Next()
		if bad := (*BadCommand)(nil); !errors.As(err, &bad) || string(bad.Tag) != "A1" {
			t.Fatal(err)
		}
		for range 2 {
			// The literal takes the rest of the stream, so A2 must not be read as a command.
			_, err = r.Next()
			if bad := (*BadCommand)(nil); err == nil || errors.As(err, &bad) {
				t.Fatalf("then error %v, want an error of the stream", err)
			}
		}
	})
	t.Run("streamed literal in SELECT", func(t *testing.T) {
		r := NewCommandReader(wire.NewReader(strings.NewReader(crlf("A1 SELECT {20+}\n12345678901234567890\nA2 NOOP\n")), lim))
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		err := r.Decode(new(SelectArgs))
		if limit := (*wire.LimitError)(nil); !errors.As(err, &limit) {
			t.Fatalf("error %v, want a LimitError", err)
		}
		if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
			t.Errorf("then read %v, error %v, want the command A2", h, err)
		}
	})
}

// hiccup is a reader that returns one octet at a time, and a deadline error before each.
type hiccup struct {
	b   []byte
	now bool
}

func (h *hiccup) Read(p []byte) (int, error) {
	if h.now = !h.now; h.now {
		return 0, os.ErrDeadlineExceeded
	}
	if len(h.b) == 0 {
		return 0, io.EOF
	}
	p[0] = h.b[0]
	h.b = h.b[1:]
	return 1, nil
}

// cutAt is a reader that returns the octets before an offset at once, then a deadline error, then the rest.
type cutAt struct {
	b  []byte
	at int
}

func (c *cutAt) Read(p []byte) (int, error) {
	if c.at == 0 {
		c.at = -1
		return 0, os.ErrDeadlineExceeded
	}
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	n := len(c.b)
	if c.at > 0 {
		n = min(n, c.at)
	}
	n = copy(p, c.b[:n])
	if c.b = c.b[n:]; c.at > 0 {
		c.at -= n
	}
	return n, nil
}

func TestCommandsResume(t *testing.T) {
	text := crlf("A1 LOGIN {4}\nfred {3+}\nabc\n" +
		"bad \"\nA2 \"x {3+}\nabc\n" +
		"A3 APPEND box (\\Seen) {30}\n" + strings.Repeat("0123456789", 3) +
		" {3}\nabc CATENATE (TEXT {12+}\n0123456789ab URL \"imap://x\" UTF8 (~{2}\nab))\n" +
		"A4 UID FETCH 1:* (FLAGS BODY[HEADER.FIELDS ({4}\nDATE)])\n" +
		"A5 SEARCH OR FROM {20+}\n01234567890123456789 SEEN\n" +
		"A6 LOGOUT\n")
	lim := wire.Limits{Inline: 10}
	read := func(rd io.Reader) ([]string, error) {
		r := NewCommandReader(wire.NewReader(rd, lim))
		r.OnLiteral(accept)
		return readAll(r)
	}
	want, err := read(strings.NewReader(text))
	if err != io.EOF || len(want) != 7 {
		t.Fatalf("read %q, error %v, want seven commands and io.EOF", want, err)
	}
	got, err := read(&hiccup{b: []byte(text)})
	if d := cmp.Diff(want, got); d != "" || err != io.EOF {
		t.Errorf("octet by octet: error %v, want io.EOF; wrong lines (-want +got):\n%s", err, d)
	}
	for i := range len(text) {
		got, err := read(&cutAt{[]byte(text), i})
		if d := cmp.Diff(want, got); d != "" || err != io.EOF {
			t.Fatalf("deadline at octet %d: error %v, want io.EOF; wrong lines (-want +got):\n%s", i, err, d)
		}
	}
	for i := range len(text) {
		_, err := read(strings.NewReader(text[:i]))
		if err != io.EOF && err != io.ErrUnexpectedEOF {
			t.Fatalf("end of the stream at octet %d: error %v, want io.EOF or io.ErrUnexpectedEOF", i, err)
		}
	}
}

func TestLiteralAskedOnce(t *testing.T) {
	asked := 0
	r := NewCommandReader(wire.NewReader(&hiccup{b: []byte("A1 LOGIN {4}\r\nfred {3}\r\nabc\r\n")}, wire.Limits{}))
	r.OnLiteral(func(*LiteralRequest) error { asked++; return nil })
	for {
		_, err := r.Next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil || asked != 2 {
			t.Fatalf("error %v, OnLiteral's function was called %d times, want 2", err, asked)
		}
		break
	}
}

func TestSkipAndTake(t *testing.T) {
	r := commandsOf("A1 APPEND x {3+}\nabc {200000+}\n" + strings.Repeat("x", 200000) + "\nA2 STARTTLS\nA3 NOOP\n")
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if !r.Streaming() {
		t.Error("Streaming is false before the second literal")
	}
	if err := r.Skip(); err != nil {
		t.Fatal(err)
	}
	h, err := r.Next()
	if err != nil || h.Name != "STARTTLS" {
		t.Fatalf("after Skip, read %v, error %v, want STARTTLS", h, err)
	}
	if n := r.Buffered(); n != len("A3 NOOP\r\n") {
		t.Errorf("Buffered returned %d, want %d", n, len("A3 NOOP\r\n"))
	}
	if rest := r.Take(); string(rest) != "A3 NOOP\r\n" {
		t.Errorf("Take returned %q, want A3 NOOP", rest)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("Next returned %v after Take, want io.EOF", err)
	}
}

func TestSkipWithinNext(t *testing.T) {
	// Skip is called before Next has read the whole command.
	r := NewCommandReader(wire.NewReader(&hiccup{b: []byte("A1 LOGIN {4+}\r\nfred x\r\nA2 NOOP\r\n")}, wire.Limits{}))
	for r.Head().Name == "" {
		r.Next()
	}
	for {
		err := r.Skip()
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	}
	for {
		h, err := r.Next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil || string(h.Tag) != "A2" {
			t.Errorf("after Skip, read %v, error %v, want the command A2", h, err)
		}
		break
	}
}
