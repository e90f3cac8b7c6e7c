package imaptest_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestFaults injects each fault and checks what a client reads, beginning with the answer to the command that the fault
// concerns.
func TestFaults(t *testing.T) {
	type when = imaptest.When
	const server, client = imaptest.ServerSide, imaptest.ClientSide
	for _, test := range []struct {
		fault imaptest.Fault
		when  imaptest.When
		cmds  []string // the commands that are sent after LOGIN and SELECT
		want  string   // responses, joined by "|"; "…" at the end stands for anything
		times int      // how often the fault happens, if not once
	}{
		{imaptest.Answer{}, when{Command: "NOOP"}, []string{"NOOP"}, "T NO as the test wants it", 1},
		{imaptest.Answer{Status: parser.BAD, Code: parser.CodeLimit, Text: "no"}, when{Command: "UID FETCH"}, []string{"FETCH 1 UID", "UID FETCH 1 UID"},
			"* 1 FETCH (UID 1)|T OK FETCH completed|T BAD [LIMIT] no", 1},
		{imaptest.Answer{}, when{Command: "expunge", Moment: imaptest.After}, []string{"STORE 1 +FLAGS.SILENT (\\Deleted)", "EXPUNGE", "NOOP"},
			"T OK STORE completed|* 1 EXPUNGE|T NO as the test wants it|T OK NOOP completed", 1},
		{imaptest.Answer{}, when{Command: "NOOP", Skip: 1, Times: 2}, []string{"NOOP", "NOOP", "NOOP", "NOOP"},
			"T OK NOOP completed|T NO as the test wants it|T NO as the test wants it|T OK NOOP completed", 2},
		{imaptest.Answer{}, when{Command: "NOOP", User: "bob"}, []string{"NOOP"}, "T OK NOOP completed", 0},
		{imaptest.Answer{}, when{Command: "NOOP", Conn: 2}, []string{"NOOP"}, "T OK NOOP completed", 0},
		{imaptest.Bye{}, when{Command: "NOOP"}, []string{"NOOP"}, "* BYE the server ends the connection|EOF", 1},
		{imaptest.Bye{Code: parser.CodeUnavailable, Text: "gone"}, when{Command: "FETCH", Moment: imaptest.During, Response: 2}, []string{"FETCH 1:3 UID"},
			"* 1 FETCH (UID 1)|* 2 FETCH (UID 2)|* BYE [UNAVAILABLE] gone|EOF", 1},
		{imaptest.Bye{}, when{Command: "FETCH", Moment: imaptest.After}, []string{"FETCH 1 UID"}, "* 1 FETCH (UID 1)|T OK FETCH completed", 1},
		{imaptest.Say{[]string{"* 9 EXISTS", "* OK [ALERT] hear"}}, when{Command: "FETCH", Moment: imaptest.During, Response: 1}, []string{"FETCH 1:2 UID"},
			"* 1 FETCH (UID 1)|* 9 EXISTS|* OK [ALERT] hear|* 2 FETCH (UID 2)|T OK FETCH completed", 1},
		{imaptest.RefuseLiteral{}, when{}, []string{"SELECT {5}", "NOOP"}, "T NO [TOOBIG] as the test wants it|T OK NOOP completed", 1},
		{imaptest.RefuseLiteral{Status: parser.BAD, Text: "no"}, when{Command: "APPEND"}, []string{"APPEND INBOX {5}", "NOOP"}, "T BAD [TOOBIG] no|T OK NOOP completed", 1},
		{imaptest.FalseUIDValidity{7}, when{Command: "STATUS"}, []string{"STATUS INBOX (UIDVALIDITY UIDNEXT)"}, "* STATUS INBOX (UIDNEXT 4 UIDVALIDITY 7)|T OK STATUS completed", 1},
		{imaptest.FalseUIDValidity{7}, when{}, []string{"COPY 1 INBOX"}, "* 4 EXISTS|* 4 RECENT|T OK [COPYUID 7 1 4] COPY completed", 1},
		{imaptest.ChangeUIDValidity{Value: 8}, when{Command: "STATUS"}, []string{"STATUS INBOX (UIDVALIDITY)"}, "* STATUS INBOX (UIDVALIDITY 8)|T OK STATUS completed", 1},
		{imaptest.Vanish{Nth: 2}, when{}, []string{"FETCH 1:3 UID", "NOOP"}, "* 1 FETCH (UID 1)|* 3 FETCH (UID 3)|T OK FETCH completed|* 2 EXPUNGE|T OK NOOP completed", 1},
		{imaptest.Vanish{How: imaptest.VanishNIL}, when{}, []string{"FETCH 1:2 (UID FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[HEADER])"},
			"* 1 FETCH (UID 1 FLAGS (\\Recent) RFC822.SIZE 14 ENVELOPE NIL BODY[HEADER] NIL)|…", 1},
		{imaptest.Vanish{Nth: 2, How: imaptest.VanishNO}, when{}, []string{"UID FETCH 1:3 UID"}, "* 1 FETCH (UID 1)|* 2 EXPUNGE|T NO [EXPUNGEISSUED] some of the messages are gone", 1},
		{imaptest.Vanish{Nth: 2, How: imaptest.VanishAtOnce}, when{}, []string{"FETCH 1:3 UID"}, "* 1 FETCH (UID 1)|* 2 EXPUNGE|…", 1},
		{imaptest.Duplicate{}, when{Command: "FETCH"}, []string{"FETCH 1 UID"}, "* 1 FETCH (UID 1)|* 1 FETCH (UID 1)|T OK FETCH completed", 1},
		{imaptest.Duplicate{Tagged: true}, when{Command: "NOOP"}, []string{"NOOP", "CHECK"}, "T OK NOOP completed|A3 OK NOOP completed|T OK CHECK completed", 1},
		{imaptest.Shuffle{}, when{Command: "FETCH"}, []string{"FETCH 1:3 UID"}, "* 3 FETCH (UID 3)|* 2 FETCH (UID 2)|* 1 FETCH (UID 1)|T OK FETCH completed", 1},
		{imaptest.Overtake{}, when{Command: "NOOP"}, []string{"NOOP\r\nA9 CHECK"}, "A9 OK CHECK completed|T OK NOOP completed", 1},
		{imaptest.WrongTag{}, when{Command: "NOOP"}, []string{"NOOP\r\nA3 CHECK"}, "NOBODYS OK NOOP completed|T OK CHECK completed", 1},
		{imaptest.InvalidUTF8{}, when{Command: "LIST"}, []string{`LIST "" INBOX`}, "* LIST (\\HasNoChildren) \"/\x80\xc0\xaf\xed\xa0\x80\xe2\x82\" INBOX|T OK LIST completed\x80\xc0\xaf\xed\xa0\x80\xe2\x82", 1},
		{imaptest.GiantLiteral{Size: 1 << 40, Send: 5}, when{Command: "NOOP"}, []string{"NOOP"}, "* 1 FETCH (BODY[] {1099511627776}|xxxxx|EOF", 1},
		{imaptest.EndlessLine{Octets: 20}, when{Command: "NOOP"}, []string{"NOOP"}, "* OK xxxxxxxxxxxxxxx|T OK NOOP completed", 1},
		{imaptest.DeepNesting{Depth: 2}, when{Command: "NOOP"}, []string{"NOOP"}, `* 1 FETCH (BODYSTRUCTURE ((("TEXT" "PLAIN" NIL NIL NIL "7BIT" 2 1) "MIXED") "MIXED"))|T OK NOOP completed`, 1},
		{imaptest.Cut{From: server, After: 10}, when{Command: "FETCH"}, []string{"FETCH 1 UID"}, "* 1 FETCH |EOF", 1},
		{imaptest.Cut{From: server}, when{Command: "FETCH", Moment: imaptest.During, Response: 1}, []string{"FETCH 1:2 UID"}, "* 1 FETCH (UID 1)|EOF", 1},
		{imaptest.Cut{From: client, After: 4}, when{Command: "FETCH", Moment: imaptest.After}, []string{"FETCH 1 UID", "NOOP"}, "* 1 FETCH (UID 1)|T OK FETCH completed|EOF", 1},
		{imaptest.HalfClose{From: server, After: 3}, when{Command: "NOOP"}, []string{"NOOP"}, "T ", 1},
		{imaptest.HalfClose{From: client}, when{Command: "NOOP"}, []string{"NOOP", "NOOP"}, "T OK NOOP completed|EOF", 1},
		{imaptest.Intrude{From: server, Data: "* 9 EXISTS\r\n"}, when{Command: "NOOP"}, []string{"NOOP"}, "* 9 EXISTS|T OK NOOP completed", 1},
		{imaptest.Tear{From: server}, when{Command: "NOOP"}, []string{"NOOP"}, "T OK NOOP completed", 1},
	} {
		t.Run(fmt.Sprintf("%T %v", test.fault, test.when), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(t)
				for range 3 {
					srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n"))
				}
				c := login(t, srv, "INBOX")
				remove := srv.Inject(test.fault, test.when)
				var got []string
				for _, cmd := range test.cmds {
					got = append(got, c.do(cmd)...)
				}
				all := strings.Join(got, "|")
				if want, open := strings.CutSuffix(test.want, "…"); all != want && !(open && strings.HasPrefix(all, want)) {
					t.Errorf("got  %q\nwant %q", all, test.want)
				}
				synctest.Wait()
				log := srv.Injected()
				if len(log) != test.times {
					t.Errorf("the fault has happened %d times, want %d: %v", len(log), test.times, log)
				}
				for _, i := range log {
					if i.Fault == nil || i.Conn != 1 || i.At.IsZero() || i.User != "alice" || i.Server == 0 || i.String() == "" || strings.Contains(i.String(), "%!") {
						t.Errorf("a field is missing, or String is malformed: %v", i)
					}
				}
				remove()
				c.c.Close()
				newRaw(t, srv.Pipe()).line() // the server still accepts connections
			})
		})
	}
}

func TestFaultsAtTheGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t)
		srv.Inject(imaptest.Bye{Text: "no"}, imaptest.When{Command: imaptest.Greeting, Times: 1})
		srv.Inject(imaptest.ConnLimit{Max: 1}, imaptest.When{})
		for i, want := range []string{"* BYE no\r\n", "* OK [CAP", "* BYE [LIMIT] too many"} {
			if got := newRaw(t, srv.Pipe()).line(); !strings.HasPrefix(got, want) {
				t.Errorf("connection %d: got %q, want %q", i+1, got, want)
			}
		}
		if log := srv.Injected(); len(log) != 2 || log[1].Conn != 3 || log[1].Command != imaptest.Greeting {
			t.Errorf("want two faults, the second in the greeting of connection 3; got %v", log)
		}
	})
}

func TestFaultsNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t)
		idle, other := login(t, srv, "INBOX"), login(t, srv, "")
		idle.send("I IDLE")
		idle.line()
		srv.WaitIdle(1)
		srv.Inject(imaptest.Say{[]string{"* 23 EXISTS"}}, imaptest.When{Moment: imaptest.Now, Conn: 1})
		if got := idle.line(); got != "* 23 EXISTS\r\n" {
			t.Errorf("got %q", got)
		}
		srv.Inject(imaptest.DeepNesting{Depth: 100_000}, imaptest.When{Moment: imaptest.Now, Conn: 1})
		if got := idle.line(); !strings.HasPrefix(got, "* 1 FETCH (BODYSTRUCTURE ((((") {
			t.Errorf("got %.50q", got)
		}
		srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
		for _, c := range []*rawClient{idle, other} {
			if got, end := c.line(), c.line(); got != "* BYE the server ends the connection\r\n" || end != "" {
				t.Errorf("got %q, %q", got, end)
			}
		}
		if log := srv.Injected(); len(log) != 4 || log[0].Command != "" && log[0].Command != "I IDLE" {
			t.Errorf("want four faults, got %v", log)
		}
	})
}

func TestFaultDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t)
		for range 2 {
			srv.Mailbox("alice", "INBOX").Append([]byte("x"))
		}
		c := login(t, srv, "INBOX")
		srv.Inject(imaptest.Delay{For: time.Minute}, imaptest.When{Command: "FETCH", Moment: imaptest.During, Response: 1, Times: 1})
		srv.Inject(imaptest.Delay{For: 1000 * time.Hour}, imaptest.When{Command: "CHECK"})
		begin := time.Now()
		c.send("A9 FETCH 1:2 UID")
		c.line()
		early := time.Since(begin)
		if c.line(); early != 0 || time.Since(begin) != time.Minute {
			t.Errorf("the answer came after %v and %v, want 0 and one minute", early, time.Since(begin))
		}
		c.line()
		c.send("A9 CHECK")
		synctest.Wait()
		if srv.Close(); time.Since(begin) != time.Minute {
			t.Errorf("Close returned after %v, want one minute", time.Since(begin))
		}
	})
}

// TestCloseDespiteStall closes a server whose client no longer receives anything. Close must not wait for that client,
// also over TLS.
func TestCloseDespiteStall(t *testing.T) {
	srv := imaptest.NewServer(t)
	c, err := dialTLS(srv)
	if err != nil {
		t.Fatal(err)
	}
	r := newRaw(t, c)
	r.line()
	srv.Inject(imaptest.Stall{From: imaptest.ServerSide}, imaptest.When{Command: "NOOP"})
	r.send("A NOOP")
	if _, err := srv.WaitReceived(t.Context(), func(r imaptest.Received) bool { return r.Name == "NOOP" }); err != nil {
		t.Fatal(err)
	}
	srv.Close()
}

func TestFaultStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t)
		c := login(t, srv, "INBOX")
		srv.Inject(imaptest.Stall{From: imaptest.ServerSide, After: 5}, imaptest.When{Command: "NOOP"})
		c.send("A9 NOOP")
		c.c.SetReadDeadline(time.Now().Add(time.Hour))
		b, err := io.ReadAll(c.r)
		if string(b) != "A9 OK" || err == nil {
			t.Errorf("got %q, %v", b, err)
		}
	})
}

// TestFaultLatency pipelines commands over a slow network. All of them together take one round trip. With a Bandwidth,
// the time for an answer grows with its length.
func TestFaultLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t)
		srv.Inject(imaptest.Slow{Latency: 100 * time.Millisecond}, imaptest.When{})
		begin := time.Now()
		c := newRaw(t, srv.Pipe())
		c.line()
		if d := time.Since(begin); d != 100*time.Millisecond {
			t.Errorf("greeting after %v", d)
		}
		for i := range 20 {
			c.send("A%d NOOP", i)
		}
		for range 20 {
			c.line()
		}
		if d := time.Since(begin); d != 300*time.Millisecond {
			t.Errorf("20 commands after %v", d)
		}
		srv.Inject(imaptest.Slow{Bandwidth: 1000}, imaptest.When{Command: "ID"})
		begin = time.Now()
		lines := c.do("ID NIL")
		n := 0
		for _, l := range lines {
			n += len(l) + 2
		}
		if d, want := time.Since(begin), time.Duration(n+1)*time.Millisecond+100*time.Millisecond; d < want || d > want+2*time.Millisecond {
			t.Errorf("%d octets at 1,000 octets/s in %v, want %v", n, d, want)
		}
	})
}

// TestFaultsFromSeed checks that a seed gives the same faults again, and that another seed gives others.
func TestFaultsFromSeed(t *testing.T) {
	run := func(seed uint64) (out []string) {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(t, imaptest.WithSeed(seed))
			srv.Inject(imaptest.Answer{}, imaptest.When{Command: "NOOP", Chance: 0.5})
			srv.Inject(imaptest.Slow{Jitter: time.Second}, imaptest.When{})
			begin := time.Now()
			c := newRaw(t, srv.Pipe())
			c.line()
			for range 20 {
				out = append(out, fmt.Sprint(time.Since(begin), c.do("NOOP")))
			}
		})
		return out
	}
	first := run(1)
	if diff := cmp.Diff(first, run(1)); diff != "" {
		t.Errorf("the same seed gives other faults: %s", diff)
	}
	if slices.Equal(first, run(2)) {
		t.Error("another seed gives the same faults")
	}
}

// TestFaultPlaintext injects plaintext after STARTTLS, over a real connection.
func TestFaultPlaintext(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Inject(imaptest.PlaintextInjection{}, imaptest.When{Times: 1})
	for i := range 2 {
		nc := dialTCP(t, srv.Addr)
		c := newRaw(t, nc)
		c.line()
		if i == 1 {
			c.startTLS(srv.TLSConfig())
			c.ok("NOOP")
			continue
		}
		c.ok("STARTTLS")
		if got := c.line(); got != "* OK [ALERT] this was said by nobody\r\n" {
			t.Errorf("got %q", got)
		}
	}
}

// TestFaultsOverTLS cuts a connection with TLS after 0, 250, 500 … octets from the server. The client must get an error
// each time.
func TestFaultsOverTLS(t *testing.T) {
	srv := imaptest.NewServer(t)
	for n := int64(0); n < 3000; n += 250 {
		srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: n, Reset: n%500 == 0}, imaptest.When{Times: 1})
		c, err := dialTLS(srv)
		if err == nil {
			r := newRaw(t, c)
			for r.last == nil {
				r.do("NOOP")
			}
		}
	}
	if log := srv.Injected(); len(log) != 12 {
		t.Error(len(log), log)
	}
}

func TestInjectRefusesNonsense(t *testing.T) {
	srv := newServer(t)
	for _, w := range []imaptest.When{{Moment: imaptest.Now}, {Moment: imaptest.During}, {Chance: 2}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is accepted", w)
				}
			}()
			srv.Inject(imaptest.Answer{}, w)
		}()
	}
}
