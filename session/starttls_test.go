package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// overheard is a server's connection that records everything that the server reads.
type overheard struct {
	net.Conn
	mu   sync.Mutex
	said bytes.Buffer
}

func (c *overheard) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said.Write(p[:n])
	return n, err
}

// TestSTARTTLSAttacks tries the attacks of a man in the middle before TLS. A study of 2021 lists them ("Why TLS Is
// Better Without STARTTLS", Poddebniak and others). In each case Dial fails, the session has neither used nor reported
// anything that was sent before TLS, and it has sent nothing but CAPABILITY, STARTTLS and the beginning of TLS.
func TestSTARTTLSAttacks(t *testing.T) {
	const offer = "S: * OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready\nC: A1 STARTTLS\n"
	inject := func(what string) string { return offer + "S= \"A1 OK begin\\r\\n" + what + "\"\n" }
	anything := errors.New("")
	for name, c := range map[string]struct {
		script string
		want   error
	}{
		"the answer to a later command":       {inject(`A2 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] logged in\r\n`), transport.ErrInjected},
		"capabilities":                        {inject(`* CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED\r\n`), transport.ErrInjected},
		"an alert":                            {inject(`* OK [ALERT] send your password to evil.example\r\n`), transport.ErrInjected},
		"mailbox data":                        {inject(`* LIST () \"/\" evil\r\n* 3 EXISTS\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\n`), transport.ErrInjected},
		"PREAUTH":                             {inject(`* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n`), transport.ErrInjected},
		"a literal that reaches into TLS":     {inject(`* LIST () \"/\" {2000}\r\n`), transport.ErrInjected},
		"half a line":                         {inject(`* OK`), transport.ErrInjected},
		"one octet":                           {inject(`x`), transport.ErrInjected},
		"a line end":                          {inject(`\r\n`), transport.ErrInjected},
		"octets that look like TLS":           {inject(`\x16\x03\x01\x00\x01\x02`), transport.ErrInjected},
		"STARTTLS is not offered":             {"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\n", session.ErrNoTLS},
		"CAPABILITY does not list it":         {"S: * OK ready\nC: A1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: A1 OK\n", session.ErrNoTLS},
		"STARTTLS is refused":                 {offer + "S: A1 NO [UNAVAILABLE] not now\n", session.ErrNoTLS},
		"STARTTLS is not understood":          {offer + "S: A1 BAD what?\n", session.ErrNoTLS},
		"PREAUTH as the greeting":             {"S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] you are in\n", session.ErrNoTLS},
		"PREAUTH and mailbox data":            {"S= \"* PREAUTH hello\\r\\n* LIST () \\\"/\\\" evil\\r\\n* OK [ALERT] evil\\r\\n\"\n", session.ErrNoTLS},
		"a referral as the greeting":          {"S: * BYE [REFERRAL imap://evil.example/] elsewhere\n", parser.BYE},
		"a referral as the answer":            {offer + "S: A1 NO [REFERRAL imap://evil.example/] elsewhere\n", session.ErrNoTLS},
		"alerts and mailbox data before NO":   {"S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: A1 STARTTLS\nS: * OK [ALERT] evil\nS: * LIST () \"/\" evil\nS: * 7 EXISTS\nS: A1 NO no\n", session.ErrNoTLS},
		"the answer has another tag":          {offer + "S: A2 OK begin\nS: A1 NO no\n", session.ErrNoTLS},
		"BYE as the answer":                   {offer + "S: * BYE no more\n", parser.BYE},
		"the connection ends after OK":        {offer + "S: A1 OK begin\n", anything},
		"plain text in answer to ClientHello": {offer + "S: A1 OK begin\nC= \"\\x16\"\nS: * OK I speak plainly\n", anything},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			sent := make(chan string, 1)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				o := &overheard{Conn: conn}
				script, err := imaptest.ParseScript(c.script)
				if err != nil {
					t.Error(err)
				} else {
					script.Play(o, imaptest.ServerSide, imaptest.Delivery{})
				}
				if tcp, ok := conn.(*net.TCPConn); ok {
					tcp.CloseWrite()
				}
				drain(o)
				conn.Close()
				sent <- o.said.String()
			}()
			target, err := transport.Parse("imap+starttls://" + l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			var reported []string
			cfg := &session.Config{Handler: session.Handler{
				Alert: func(text string) { reported = append(reported, text) }, Other: func(r *parser.Response) { reported = append(reported, r.Name) },
				Exists: func(uint32) { reported = append(reported, "EXISTS") }, Fetch: func(*parser.Fetch) { reported = append(reported, "FETCH") },
			}}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			s, err := session.Dial(ctx, target, cfg)
			if err == nil {
				s.Close()
				t.Fatal("Dial succeeded, want an error")
			}
			if c.want != anything && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if len(reported) > 0 {
				t.Errorf("the handler got %q before TLS", reported)
			}
			// TLS begins with a record of type 22, handshake, or 21, alert.
			for said := []byte(<-sent); len(said) > 0; {
				line, rest, _ := bytes.Cut(said, []byte("\r\n"))
				if said[0] == 22 || said[0] == 21 {
					break
				}
				if !bytes.HasSuffix(line, []byte(" STARTTLS")) && !bytes.HasSuffix(line, []byte(" CAPABILITY")) {
					t.Errorf("the client has sent %q before TLS", line)
				}
				said = rest
			}
		})
	}
}

// TestHandshakeInterrupted ends the context, the session or the connection during the TLS handshake. StartTLS then
// fails with an error that matches the cause.
func TestHandshakeInterrupted(t *testing.T) {
	for name, x := range map[string]struct {
		end  func(cancel context.CancelCauseFunc, s *session.Session, srv io.Closer)
		want []error
	}{
		"cancelled":  {func(cancel context.CancelCauseFunc, _ *session.Session, _ io.Closer) { cancel(errUser) }, []error{errUser, session.ErrCut}},
		"closed":     {func(_ context.CancelCauseFunc, s *session.Session, _ io.Closer) { s.Close() }, []error{session.ErrClosed}},
		"connection": {func(_ context.CancelCauseFunc, _ *session.Session, srv io.Closer) { srv.Close() }, []error{session.ErrLost}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(0)
			go func() {
				io.WriteString(srv, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
				srv.Read(make([]byte, 100))
				io.WriteString(srv, "A1 OK begin\r\n")
				drain(srv)
			}()
			s, err := session.Open(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { x.end(cancel, s, srv) })
			err = s.StartTLS(ctx, startTLS())
			for _, want := range x.want {
				expectErr(t, name, err, want)
			}
			if len(x.want) == 1 && errors.Is(err, session.ErrCut) {
				t.Errorf("%s: got %v, want no ErrCut", name, err)
			}
			expectErr(t, name+", later", runCommand(t, s, noop()), x.want[len(x.want)-1])
		})
	}
}
