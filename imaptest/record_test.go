package imaptest_test

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/imaptest"
)

// conversation sends the commands of the recording tests, always the same octets, and returns the answers.
func conversation(c *rawClient) (all []string) {
	all = append(all, c.line())
	for _, cmd := range []string{
		"CAPABILITY",
		"LOGIN alice {6+}\r\nsecret",
		"SELECT INBOX",
		"APPEND INBOX (\\Seen) {24+}\r\nSubject: x\r\n\r\nA1 LOGIN\r\n",
		"FETCH 1 (FLAGS BODY[])",
		"CREATE \"… etc.\"",
		"SELECT {2000000}",
		"NOOP",
		"LOGOUT",
	} {
		all = append(all, c.do(cmd)...)
	}
	return all
}

// TestRecordAndReplay records a session with the server, and plays it to the same client.
func TestRecordAndReplay(t *testing.T) {
	for _, end := range []imaptest.Side{imaptest.ClientSide, imaptest.ServerSide} {
		var text string
		var first []string
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(t)
			var rec imaptest.Recorder
			client, server := imaptest.Pipe(0)
			var c net.Conn = client
			if end == imaptest.ClientSide {
				c = rec.Wrap(client, end)
				go srv.ServeConn(server, "")
			} else {
				go srv.ServeConn(rec.Wrap(server, end), "")
			}
			first = conversation(newRaw(t, c))
			c.Close()
			text = rec.Script().String()
		})
		if strings.Contains(text, "secret") {
			t.Errorf("a secret is recorded:\n%s", text)
		}
		for _, want := range []string{"C: A2 LOGIN alice …\nC: …\nS: A2 OK", "C: A1 LOGIN\nC: \nS: * 1 EXISTS", "C= \"A6 CREATE \\\"… etc.\\\"\\r\\n\""} {
			if !strings.Contains(text, want) {
				t.Errorf("want %q in\n%s", want, text)
			}
		}
		synctest.Test(t, func(t *testing.T) {
			client, server := imaptest.Pipe(0)
			wait := imaptest.Play(t, server, text)
			if diff := cmp.Diff(first, conversation(newRaw(t, client))); diff != "" {
				t.Errorf("the answers of the replay differ (-session +replay):\n%s", diff)
			}
			wait()
		})
	}
}

// TestRecordSecrets records all ways to send a secret.
func TestRecordSecrets(t *testing.T) {
	const C, S = imaptest.ClientSide, imaptest.ServerSide
	type said struct {
		from imaptest.Side
		text string
	}
	for _, test := range []struct {
		said []said
		want string
	}{
		{[]said{{C, "a LOGIN alice secret\r\nb NOOP\r\n"}}, "C: a LOGIN alice …\nC: b NOOP\n"},
		{[]said{{C, "a login \"al ice\" \"secret\"\r\n"}}, "C: a login \"al ice\" …\n"},
		{[]said{{C, "a LOGIN {5}\r\n"}, {S, "+ \r\n"}, {C, "alice {6}\r\n"}, {S, "+ go\r\n"}, {C, "secret\r\n"}, {S, "a OK\r\n"}},
			"C: a LOGIN {5}\nS: + \nC: alice …\nS: + go\nC: …\nS: a OK\n"},
		{[]said{{C, "a LOGIN alice {8+}\r\nsec\r\nret\r\nb NOOP\r\n"}}, "C: a LOGIN alice …\nC: …\nC: …\nC: b NOOP\n"},
		{[]said{{C, "a LOGIN \"alice secret\r\n"}}, "C: a LOGIN …\n"},
		{[]said{{C, "a LOGIN al\x01ice secret\r\n"}}, "C: a LOGIN …\n"},
		{[]said{{C, "a LOGIN \"al\xffice\" secret\r\n"}}, "C= \"a LOGIN \\\"al\\xffice\\\" \"\nC: …\n"},
		{[]said{{C, "a AUTHENTICATE PLAIN c2VjcmV0\r\n"}, {S, "a OK\r\n"}, {C, "b NOOP\r\n"}}, "C: a AUTHENTICATE PLAIN …\nS: a OK\nC: b NOOP\n"},
		{[]said{{C, "a AUTHENTICATE LOGIN\r\n"}, {S, "+ VXNlcg==\r\n"}, {C, "YWxpY2U=\r\n"}, {S, "+ UGFzcw==\r\n"}, {C, "c2VjcmV0\r\n"}, {S, "a NO\r\n"}, {C, "NOOP\r\n"}},
			"C: a AUTHENTICATE LOGIN\nS: + VXNlcg==\nC: …\nS: + UGFzcw==\nC: …\nS: a NO\nC: NOOP\n"},
		{[]said{{C, "a AUTHENTICATE SCRAM-SHA-256 bixhPQ==\r\n"}, {S, "+ dj1zaWc=\r\n"}, {C, "*\r\n"}, {S, "a BAD\r\n"}},
			"C: a AUTHENTICATE SCRAM-SHA-256 …\nS: + c2VjcmV0\nC: …\nS: a BAD\n"},
		{[]said{{C, "a URLFETCH \"imap://h/b;uid=1;urlauth=anonymous:internal:00aaff\"\r\n"}, {S, "* URLFETCH \"imap://h/b;uid=1;urlauth=anonymous:internal:00aaff\" NIL\r\n"}},
			"C: a URLFETCH \"imap://h/b;uid=1;urlauth=anonymous:internal:…\"\nS: * URLFETCH \"imap://h/b;uid=1;urlauth=anonymous:internal:000000\" NIL\n"},
		{[]said{{C, "a APPEND x {17}\r\n"}, {S, "a NO\r\n"}, {C, "b LOGIN u secret\r\n"}}, "C: a APPEND x {17}\nS: a NO\nC: b LOGIN u …\n"},
		{[]said{{C, "a APPEND x {16}\r\n"}, {S, "+ \r\n"}, {C, "b LOGIN u p\r\n\xff\r\n\r\n"}}, "C: a APPEND x {16}\nS: + \nC: b LOGIN u p\nC= \"\\xff\\r\\n\"\nC: \n"},
		{[]said{{S, "* 1 FETCH (BODY[] {8}\r\na OK\r\nx\r\n)\r\n"}}, "S: * 1 FETCH (BODY[] {8}\nS: a OK\nS: x\nS: )\n"},
		{[]said{{C, "a STARTTLS\r\n"}, {S, "a OK\r\n"}, {C, "\x16"}}, "C: a STARTTLS\nS: a OK\nTLS\n"},
		{[]said{{C, "a LOGIN alice sec"}}, ""},
		{[]said{{C, "a NOO"}, {S, "* O"}}, "S= \"* O\"\nC= \"a NOO\"\n"},
	} {
		for _, whole := range []bool{true, false} {
			var rec imaptest.Recorder
			client, server := imaptest.Pipe(0)
			c := rec.Wrap(client, C)
			for _, s := range test.said {
				chunk := len(s.text)
				if !whole {
					chunk = 1
				}
				for b := []byte(s.text); len(b) > 0; b = b[chunk:] {
					if s.from == C {
						c.Write(b[:chunk])
					} else {
						server.Write(b[:chunk])
						c.Read(make([]byte, chunk))
					}
				}
			}
			if diff := cmp.Diff(test.want, rec.Script().String()); diff != "" {
				t.Errorf("%v is recorded as (-want +got):\n%s", test.said, diff)
			}
		}
	}
}

// TestProxy records what is sent after STARTTLS and within TLS, and plays it with TLS.
func TestProxy(t *testing.T) {
	srv := imaptest.NewServer(t)
	proxy := imaptest.NewProxy(t, func() (net.Conn, error) { return net.Dial("tcp", srv.Addr) }, srv.TLSConfig())
	c := newRaw(t, dialTCP(t, proxy.Addr))
	c.line()
	c.startTLS(proxy.TLSConfig())
	c.ok("LOGIN alice secret")
	want := c.ok("STATUS INBOX (MESSAGES)")
	c.ok("LOGOUT")
	for c.last == nil {
		c.line()
	}
	text := proxy.Recorders()[0].Script().String()
	if !strings.Contains(text, "OK begin TLS negotiation now\nTLS\nC: A2 LOGIN alice …\n") || strings.Contains(text, "secret") {
		t.Errorf("recorded:\n%s", text)
	}

	server, client, err := imaptest.LoopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	near, far := imaptest.Pipe(0)
	wait := imaptest.PlayAs(t, far, imaptest.ServerSide, text, imaptest.Delivery{TLS: server})
	c = newRaw(t, near)
	c.line()
	c.startTLS(client)
	c.ok("LOGIN alice other")
	if diff := cmp.Diff(want, c.ok("STATUS INBOX (MESSAGES)")); diff != "" {
		t.Errorf("the answer of the replay differs (-session +replay):\n%s", diff)
	}
	c.ok("LOGOUT")
	wait()
}

// FuzzRecord records any octets in any pieces. ParseScript must read the text of the script as the same script. The
// script must contain everything that was sent, except secrets.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("S* OK\r\n\nCa LOGIN u p\r\n"), uint8(3))
	f.Add([]byte("Ca APPEND x {3}\r\n\nS+ \r\n\nCabc\r\n\nSa OK …\r\n"), uint8(7))
	f.Add([]byte("C… {2+}\r\n…\xff\r\n\nS\x00\n"), uint8(1))
	for _, s := range commandSeeds(f) {
		f.Add([]byte("C"+s), uint8(9))
	}
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		var rec imaptest.Recorder
		var said [2][]byte
		for part := range bytes.SplitSeq(b, []byte("\n\n")) {
			if len(part) == 0 {
				continue
			}
			from := imaptest.Side(part[0] == 'S')
			i := map[imaptest.Side]int{imaptest.ServerSide: 1}[from]
			for text := part[1:]; len(text) > 0; {
				n := min(len(text), int(chunk)+1)
				if rec.Err() == nil {
					said[i] = append(said[i], text[:n]...)
				}
				imaptest.Hear(&rec, from, text[:n])
				text = text[n:]
			}
		}
		script := rec.Script()
		again, err := imaptest.ParseScript(script.String())
		if err != nil {
			t.Fatalf("%v in\n%s", err, script)
		}
		if script.String() != again.String() || script.Size(imaptest.ServerSide) != again.Size(imaptest.ServerSide) || script.Size(imaptest.ClientSide) != again.Size(imaptest.ClientSide) {
			t.Errorf("%q becomes %q", script, again)
		}
		if rec.Err() != nil {
			return
		}
		upper := bytes.ToUpper(said[0])
		if n := script.Size(imaptest.ServerSide); n != len(said[1]) && !bytes.Contains(upper, []byte("AUTHENTICATE")) {
			t.Errorf("%d of %d octets from the server are recorded", n, len(said[1]))
		}
		for _, word := range []string{"AUTHENTICATE", "LOGIN", "URLAUTH"} {
			if bytes.Contains(upper, []byte(word)) {
				return
			}
		}
		if n := script.Size(imaptest.ClientSide); n != len(said[0]) {
			t.Errorf("%d of %d octets from the client are recorded: %q, %s", n, len(said[0]), said[0], script)
		}
	})
}
