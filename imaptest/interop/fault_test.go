package interop

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// dialer is a dialer for session.Dial that returns one given connection.
func dialer(c net.Conn) transport.Dialer {
	return transport.DialFunc(func(context.Context) (transport.Conn, error) { return c, nil })
}

// round does what mail programs do in a session. It returns the data that it got, or the first error.
func round(ctx context.Context, d transport.Dialer, cfg *session.Config) (seen []string, err error) {
	s, err := session.Dial(ctx, d, cfg)
	if err != nil {
		return seen, err
	}
	defer s.Close()
	if _, err := commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		return seen, err
	}
	var first error
	note := func(what string, err error) bool {
		if err != nil && first == nil {
			first = err
		}
		seen = append(seen, fmt.Sprint(what, " ", err == nil))
		return s.Err() == nil
	}
	for m, err := range commands.List(s, "", "*").All(ctx) {
		if err != nil {
			note("LIST", err)
			break
		}
		seen = append(seen, fmt.Sprintf("LIST %q", m.Mailbox))
	}
	box, err := commands.Select(s, "INBOX").Wait(ctx)
	if !note(fmt.Sprint("SELECT ", box.Exists), err) {
		return seen, first
	}
	mail := strings.Repeat("x", 3000)
	_, err = commands.Append(s, "INBOX", strings.NewReader(mail), int64(len(mail))).Wait(ctx)
	if !note("APPEND", err) {
		return seen, first
	}
	all := numset.All(numset.Seq)
	for m, err := range commands.Fetch(s, all, fetch.UID, fetch.Flags, fetch.Envelope, fetch.BodyStructure, fetch.Body("").Peek()).All(ctx) {
		if err != nil {
			note("FETCH", err)
			break
		}
		n := int64(0)
		for sec, err := range m.Sections {
			if err != nil {
				note("FETCH", err)
				break
			}
			k, err := io.Copy(io.Discard, sec)
			if err != nil {
				note("FETCH", err)
				break
			}
			n += k
		}
		seen = append(seen, fmt.Sprintf("FETCH %d: %d octets", m.UID, n))
	}
	if s.Err() != nil {
		return seen, first
	}
	hits, err := commands.Search(s, numset.UID, search.Unseen).Wait(ctx)
	note(fmt.Sprint("SEARCH ", hits.Found.String()), err)
	_, err = commands.Collect(ctx, commands.Store(s, all, commands.AddFlags, `\Deleted`), (*parser.Fetch).Clone, 10)
	note("STORE", err)
	for _, err := range commands.Expunge(s).All(ctx) {
		if err != nil {
			note("EXPUNGE", err)
			break
		}
	}
	idle, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	for _, err := range commands.Idle(s).All(idle) {
		if err != nil {
			break
		}
	}
	_, err = commands.Logout(s).Wait(ctx)
	note("LOGOUT", err)
	return seen, first
}

// TestClientUnderChaos runs the client against hundreds of faults, each from a seed. The session must end in time,
// without a deadlock, and the results that the client returns without an error must be right.
func TestClientUnderChaos(t *testing.T) {
	for seed := range uint64(600) {
		synctest.Test(t, func(t *testing.T) {
			srv, err := imaptest.New(imaptest.WithSeed(seed))
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			box := srv.Mailbox("alice", "INBOX")
			for i := range 3 {
				box.Append([]byte(strings.Repeat("Subject: x\r\n\r\n", i*i*100+1)))
			}
			srv.Mailbox("alice", "Other")
			// Without a limit on the bandwidth, endless data would arrive in no time, and no timeout would end it.
			srv.Inject(imaptest.Slow{Bandwidth: 10_000}, imaptest.When{})
			srv.Inject(imaptest.Chaos(seed, true))
			srv.Inject(imaptest.Chaos(seed+1<<32, false))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			begin := time.Now()
			for range 2 {
				// Connect twice, because the faults may affect only the first connection.
				round(ctx, dialer(srv.Pipe()), &session.Config{StallTimeout: time.Minute})
			}
			if d := time.Since(begin); d > 15*time.Minute {
				t.Errorf("seed %d: the session took %v, want at most 15 minutes: %v", seed, d, srv.Injected())
			}
		})
	}
}

// TestClientReportsFaults checks that the client returns an error if something goes wrong, and no error for responses that a
// client must tolerate.
func TestClientReportsFaults(t *testing.T) {
	for _, test := range []struct {
		fault imaptest.Fault
		when  imaptest.When
		fails bool
	}{
		{imaptest.Cut{From: imaptest.ServerSide, After: 1000}, imaptest.When{}, true},
		{imaptest.Stall{From: imaptest.ServerSide, After: 1000}, imaptest.When{}, true},
		{imaptest.Bye{}, imaptest.When{Command: "FETCH", Moment: imaptest.During, Response: 1}, true},
		{imaptest.Answer{}, imaptest.When{Command: "SELECT"}, true},
		{imaptest.RefuseLiteral{}, imaptest.When{Command: "APPEND"}, true},
		{imaptest.GiantLiteral{}, imaptest.When{Command: "FETCH"}, true},
		{imaptest.Tear{From: imaptest.ServerSide}, imaptest.When{}, false},
		{imaptest.Tear{From: imaptest.ClientSide, Max: 3}, imaptest.When{}, false},
		{imaptest.Slow{Latency: time.Second, Bandwidth: 1000}, imaptest.When{}, false},
		{imaptest.Say{Lines: []string{"* OK [ALERT] hear", "* X-UNKNOWN 1 (2 \"3\")"}}, imaptest.When{}, false},
		{imaptest.Duplicate{}, imaptest.When{Command: "FETCH"}, false},
		{imaptest.InvalidUTF8{}, imaptest.When{Command: "SELECT"}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv, err := imaptest.New(imaptest.Without("LITERAL+"))
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n" + strings.Repeat("text\r\n", 1000)))
			srv.Inject(test.fault, test.when)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			seen, err := round(ctx, dialer(srv.Pipe()), nil)
			if (err != nil) != test.fails || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v %v: %v after %q", test.fault, test.when, err, seen)
			}
			if len(srv.Injected()) == 0 {
				t.Errorf("%v %v did not happen", test.fault, test.when)
			}
		})
	}
}

// TestRecordedClient records a session of the client, and plays the recording to the client again, which must see the
// same.
func TestRecordedClient(t *testing.T) {
	var rec imaptest.Recorder
	var first []string
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New()
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n\x00\xff\r\n"))
		if first, err = round(t.Context(), dialer(rec.Wrap(srv.Pipe(), imaptest.ClientSide)), nil); err != nil {
			t.Fatal(err)
		}
	})
	text := rec.Script().String()
	if strings.Contains(text, "secret") {
		t.Errorf("a secret is recorded:\n%s", text)
	}
	for _, how := range []imaptest.Delivery{{}, {Chunk: 1}, {Chunk: 7}} {
		synctest.Test(t, func(t *testing.T) {
			client, server := imaptest.Pipe(0)
			wait := imaptest.PlayAs(t, server, imaptest.ServerSide, text, how)
			again, err := round(t.Context(), dialer(client), nil)
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(first, again); diff != "" {
				t.Errorf("%v: the client has seen something else in the replay (-session +replay):\n%s", how, diff)
			}
			wait()
		})
	}
}

// TestInteropRecording records a session with Dovecot that begins TLS by STARTTLS. It then plays the recording to the
// client, again with TLS.
func TestInteropRecording(t *testing.T) {
	p := peer.Dovecot(t)
	visit := func(addr string, cfg *tls.Config) (seen []string) {
		target, err := transport.Parse("imap+starttls://" + addr)
		if err != nil {
			t.Fatal(err)
		}
		target.TLSConfig = cfg
		ctx := timeout(t)
		s, err := session.Dial(ctx, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := commands.Login(s, p.User, auth.NewSecret(p.Password)).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		const mail = "Subject: recorded\r\n\r\nA1 LOGIN is no command here\r\n\r\n"
		commands.Delete(s, "recorded").Wait(ctx)
		for _, err := range []error{
			second(commands.Create(s, "recorded").Wait(ctx)), second(commands.Append(s, "recorded", strings.NewReader(mail), int64(len(mail))).Wait(ctx)),
			second(commands.Select(s, "recorded").Wait(ctx)),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for m, err := range commands.Fetch(s, numset.All(numset.Seq), fetch.UID, fetch.Size, fetch.Body("")).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			for sec, err := range m.Sections {
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(sec)
				seen = append(seen, fmt.Sprintf("%d %d %q %v", m.UID, m.Size, b, err))
			}
		}
		if _, err := commands.Logout(s).Wait(ctx); err != nil {
			t.Error(err)
		}
		return seen
	}
	proxy := imaptest.NewProxy(t, func() (net.Conn, error) { return net.Dial("tcp", p.Addr()) }, p.TLS(t))
	first := visit(proxy.Addr, proxy.TLSConfig())
	text := proxy.Recorders()[0].Script().String()
	if strings.Contains(text, p.Password) || !strings.Contains(text, "\nTLS\n") || !strings.Contains(text, "C: A1 LOGIN is no command here\n") {
		t.Errorf("recorded:\n%s", text)
	}
	server, client, err := imaptest.LoopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	played := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			script, _ := imaptest.ParseScript(text)
			err = script.Play(c, imaptest.ServerSide, imaptest.Delivery{TLS: server})
			c.Close()
		}
		played <- err
	}()
	if diff := cmp.Diff(first, visit(l.Addr().String(), client)); diff != "" || len(first) != 1 {
		t.Errorf("the client has seen %q, and something else in the replay (-session +replay):\n%s", first, diff)
	}
	if err := <-played; err != nil {
		t.Error(err)
	}
}

// second returns the second of two values.
func second[T any](_ T, err error) error { return err }
