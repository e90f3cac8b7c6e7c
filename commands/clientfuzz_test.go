package commands_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// FuzzClient runs a client, from the greeting to LOGOUT, on a server that may send anything, in a synctest bubble. No
// call outlasts its deadline, no goroutine is left, and the client's allocations are limited by the number of octets
// that it receives.
//
// The seeds are what imaptest's server, with each of its presets, sends to the same client: unchanged, and with lines
// missing, doubled or exchanged.
func FuzzClient(f *testing.F) {
	seeds := map[string]bool{}
	for _, preset := range append([]string{""}, imaptest.Presets()...) {
		if preset == "outlook" {
			continue // it accepts no passwords, and is otherwise like "exchange"
		}
		for plan := range uint8(len(plans)) {
			if s := recordPlan(f, preset, plan); len(s) <= maxScript && !seeds[s] {
				seeds[s] = true
				f.Add(s, plan, uint8(255), true)
				for i, bad := range spoil(s, len(seeds)) {
					f.Add(bad, plan, uint8(i*40), i%2 == 0)
				}
			}
		}
	}
	for i, s := range slices.Concat(examples(f), costly) {
		for plan := range uint8(len(plans)) {
			f.Add(preauth+s, plan|uint8(i%2)<<7, uint8(i), i%3 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, script string, plan, pieces uint8, hangUp bool) {
		if len(script) > maxScript {
			return
		}
		// If the client loops without waiting, no time passes in the bubble. So this timer, which uses real time,
		// ends the test.
		watch := time.AfterFunc(time.Minute, func() { panic("the client does not end") })
		defer watch.Stop()
		limit, least := maxAllocated+allocatedPerOctet*uint64(len(script)), uint64(math.MaxUint64)
		if raceEnabled {
			limit *= 4 // under the race detector, pools drop values at random, and lists that are no longer valid are not reused
		}
		// MemStats includes allocations of other goroutines, but probably not in all three tries.
		for try := 0; try < 3 && least > limit; try++ {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			synctest.Test(t, func(t *testing.T) { playPlan(t, script, plan, int(pieces)+1, hangUp) })
			runtime.ReadMemStats(&after)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		if least > limit {
			t.Errorf("%d bytes were allocated for a script of %d octets, want at most %d", least, len(script), limit)
		}
	})
}

const (
	maxScript = 16 << 10
	// maxAllocated limits how many bytes may be allocated if the client receives nothing: by the client, both ends of
	// the pipe, and the bubble. For each octet of the script, allocatedPerOctet more bytes may be allocated.
	maxAllocated      = 512 << 10
	allocatedPerOctet = 64
)

// preauth is a greeting with the capabilities that the plans use.
const preauth = "* PREAUTH [CAPABILITY IMAP4 IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT MOVE CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE ESEARCH " +
	"SEARCHRES CONDSTORE QRESYNC MULTIAPPEND BINARY UTF8=ACCEPT OBJECTID SAVEDATE PREVIEW SORT ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES REPLACE QUOTA ACL " +
	"METADATA URLAUTH PARTIAL NOTIFY MULTISEARCH CONVERT LANGUAGE ANNOTATEMORE UIDBATCHES X-GM-EXT-1] hi\r\n\x01"

// answers returns a script that answers each of many commands with the text in s, and then OK.
func answers(s string) string {
	return strings.Repeat(s+"%T OK done\r\n\x01", max(1, min(40, 12000/(len(s)+12))))
}

// examples returns scripts made from the server's lines in the examples of the RFCs.
func examples(f *testing.F) (scripts []string) {
	b, err := os.ReadFile("../parser/testdata/rfc.txt")
	if err != nil {
		f.Fatal(err)
	}
	undo := strings.NewReplacer(`\\`, `\`, `\n`, "\r\n")
	var some strings.Builder
	for line := range strings.Lines(string(b)) {
		if s, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "S: "); ok {
			if some.WriteString(undo.Replace(s) + "\r\n%T OK done\r\n\x01"); some.Len() > 4000 {
				scripts = append(scripts, some.String())
				some.Reset()
			}
		}
	}
	return append(scripts, some.String())
}

// costly are short inputs that ask for a lot of work or memory.
var costly = []string{
	answers("* 4294967295 EXISTS\r\n* VANISHED 1:4294967295\r\n* VANISHED (EARLIER) 1:4294967294\r\n"),
	answers("* ESEARCH (TAG \"A2\") UID ALL 1:4294967295 COUNT 4294967295 MIN 1 MAX 4294967295\r\n"),
	answers("* OK [COPYUID 1 1:4294967295 4294967295:1] x\r\n* OK [APPENDUID 1 1:4294967295] x\r\n* OK [MODIFIED 1:4294967295] x\r\n"),
	answers("* THREAD " + strings.Repeat("(1 ", 500) + strings.Repeat(")", 500) + "\r\n* THREAD " + strings.Repeat("()", 500) + "\r\n"),
	answers("* SEARCH " + strings.Repeat("1 ", 600) + "\r\n* SORT " + strings.Repeat("9 1 ", 600) + "\r\n"),
	answers("* 1 FETCH (BODYSTRUCTURE " + strings.Repeat("(", 900) + strings.Repeat(")", 900) + ")\r\n"),
	answers("* 1 FETCH (UID 1 BODYSTRUCTURE (" + strings.Repeat(`("a" "b" NIL NIL NIL "7bit" 1)`, 60) + ` "mixed"))` + "\r\n"),
	answers("* 1 FETCH (UID 1 ENVELOPE (NIL NIL (" + strings.Repeat("(NIL NIL NIL NIL)", 100) + ") NIL NIL NIL NIL NIL NIL NIL))\r\n"),
	answers("* 1 FETCH (UID 1 FLAGS (" + strings.Repeat("a ", 600) + "b))\r\n* FLAGS (" + strings.Repeat("c ", 600) + "d)\r\n"),
	answers("* 1 FETCH (UID 1 BODY[] {65535}\r\n"), answers("* 1 FETCH (UID 1 BODY[] {1099511627776}\r\n"), answers("* LIST () \"/\" {65536}\r\n"),
	answers("* 1 FETCH (UID 1 " + strings.Repeat("BODY[] {33}\r\n012345678901234567890123456789012 ", 20) + "UID 2)\r\n"),
	answers(strings.Repeat("* LIST () \"/\" a\r\n* STATUS a (MESSAGES 1)\r\n", 30)), answers(strings.Repeat("* 1 EXPUNGE\r\n", 100)),
	answers("* CAPABILITY " + strings.Repeat("A=B ", 300) + "\r\n"), answers(strings.Repeat("* OK [ALERT] x\r\n", 100)), answers("* UIDBATCHES (TAG \"A20\") " + strings.Repeat("4294967295:1,", 90) + "1\r\n* LANGUAGE (" + strings.Repeat("de ", 90) + "en)\r\n"),
	answers("* URLFETCH a {70000}\r\nb\r\n"), answers("* CONVERTED (TAG \"A9\") (1 (\"a\" \"b\")) BINARY[1] {99}\r\n"), answers(strings.Repeat("* METADATA INBOX (/private/comment {3}\r\nabc)\r\n", 40)),
	answers(strings.Repeat("* QUOTA \"\" (A 1 2)\r\n* QUOTAROOT a b\r\n", 30)),
}

// spoil returns n variants of s: with a line missing, a line doubled, two lines exchanged, or a line cut in half.
func spoil(s string, n int) []string {
	lines := strings.SplitAfter(s, "\n")
	if len(lines) < 4 {
		return nil
	}
	i := 1 + n*7%(len(lines)-2)
	swapped := slices.Clone(lines)
	swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
	return []string{
		strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""),
		strings.Join(slices.Insert(slices.Clone(lines), i, lines[i]), ""),
		strings.Join(swapped, ""),
		s[:len(s)*(1+n%7)/8],
	}
}

// recordPlan executes a plan on imaptest's server, and returns what the server sends, as a script for sayScript.
func recordPlan(f *testing.F, preset string, plan uint8) string {
	opts := []imaptest.Option{imaptest.WithUser("alice", "secret"), imaptest.AllowPlain(), imaptest.WithMechanisms("PLAIN")}
	if preset != "" {
		opts = append(opts, imaptest.Preset(preset))
	}
	srv, err := imaptest.New(opts...)
	if err != nil {
		f.Fatal(err)
	}
	defer srv.Close()
	for i, text := range []string{
		"From: Zoe <z@example.com>\r\nTo: a@example.com\r\nSubject: Plan\r\nMessage-ID: <1@x>\r\n\r\n" + strings.Repeat("Some text.\r\n", 12),
		"Subject: Re: Plan\r\nReferences: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\n" +
			"Content-Type: application/pdf; name=f.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n",
		"Subject: other\r\n\r\n",
	} {
		if _, err := srv.Mailbox("alice", "INBOX").AppendAt(time.Date(2026, 3, i+1, 0, 0, 0, 0, time.UTC), []byte(text)); err != nil {
			f.Fatal(err)
		}
	}
	srv.Mailbox("alice", "Work/Entwürfe")
	tape := &taped{Conn: srv.Pipe()}
	c := client{plan: plan, deadline: 10 * time.Second, patience: time.Millisecond}
	if err := c.run(f.Context(), tape); err != nil {
		f.Fatalf("%s: %v", preset, err)
	}
	tape.mu.Lock()
	defer tape.mu.Unlock()
	return tape.text.String()
}

// taped is a client's connection that records what the client reads, with \x01 for each line that it writes.
type taped struct {
	net.Conn
	mu   sync.Mutex // the session may read and write on different goroutines
	text strings.Builder
	tag  string // the tag of the last command
}

func (c *taped) Write(p []byte) (int, error) {
	c.mu.Lock()
	for line := range strings.Lines(string(p)) {
		if c.tag = tagOf(line, c.tag); strings.HasSuffix(line, "\n") {
			c.text.WriteByte(1)
		}
	}
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *taped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	for line := range strings.Lines(string(p[:n])) {
		if rest, ok := strings.CutPrefix(line, c.tag+" "); ok && c.tag != "" {
			line = "%T " + rest
		}
		c.text.WriteString(line)
	}
	return n, err
}

// tagOf returns the tag of a client's line, or the previous tag if the line continues that command.
func tagOf(line, before string) string {
	tag, _, ok := strings.Cut(line, " ")
	if ok && len(tag) > 1 && tag[0] == 'A' && strings.Trim(tag[1:], "0123456789") == "" {
		return tag
	}
	return before
}

// sayScript is a server that sends the first part of a script at once, and the next part after each line of the client.
// It replaces %T by the tag of the client's last command. The argument pieces limits the octets in one write. At the
// end of the script, the server hangs up or sends nothing more.
func sayScript(c net.Conn, script string, pieces int, hangUp bool) {
	defer c.Close()
	in := make([]byte, 1<<10)
	line, tag := "", "A1"
	for part := range strings.SplitSeq(script, "\x01") {
		for s := strings.ReplaceAll(part, "%T", tag); len(s) > 0; {
			n := min(pieces, len(s))
			if _, err := io.WriteString(c, s[:n]); err != nil {
				return
			}
			s = s[n:]
		}
		for !strings.Contains(line, "\n") {
			n, err := c.Read(in)
			if line += string(in[:n]); err != nil {
				return
			}
		}
		first, rest, _ := strings.Cut(line, "\n")
		line, tag = rest, tagOf(first, tag)
	}
	if !hangUp {
		io.Copy(io.Discard, c)
	}
}

// playPlan executes a plan on a server that sends a script.
func playPlan(t *testing.T, script string, plan uint8, pieces int, hangUp bool) {
	c, srv := imaptest.Pipe(0)
	go sayScript(srv, script, pieces, hangUp)
	x := client{plan: plan, deadline: time.Minute, patience: time.Second, t: t}
	x.run(t.Context(), c)
}

// client executes a plan. It ignores errors that a server may cause.
type client struct {
	plan     uint8
	deadline time.Duration // time limit for each call
	patience time.Duration // how long to wait in IDLE
	t        *testing.T    // reports calls that take longer, unless it is nil
	s        *session.Session
}

// run executes the plan from the greeting to the end. It returns an error if it cannot log in.
func (x *client) run(ctx context.Context, c net.Conn) error {
	seen := func(*parser.Response) {}
	cfg := &session.Config{Handler: session.Handler{
		Exists: func(uint32) {}, Gone: func(session.Gone) {}, Opened: func(*session.Mailbox) {}, Fetch: readFetch,
		Alert: func(string) {}, Bye: func(parser.Code, string) {}, Other: seen, Deviation: seen,
	}}
	if x.plan&0x80 == 0 {
		cfg.Limits = wire.Limits{Inline: 32, Message: 1 << 14}
	}
	err := x.do(ctx, "Open", func(ctx context.Context) (err error) {
		x.s, err = session.Open(ctx, c, cfg)
		return err
	})
	if err != nil {
		c.Close()
		return err
	}
	defer x.do(ctx, "Close", func(context.Context) error { return x.s.Close() })
	if x.s.State() == session.NotAuthenticated {
		cred := auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")}
		if err := x.do(ctx, "SignIn", func(ctx context.Context) error {
			_, err := commands.SignIn(ctx, x.s, cred, auth.Options{AllowPlaintext: true, Host: "h", MaxIterations: 5000})
			return err
		}); err != nil {
			return err
		}
	}
	for _, step := range plans[int(x.plan&0x7f)%len(plans)] {
		for i, f := range step.start(x.s, x.patience) {
			x.do(ctx, step.name+string(rune('a'+i)), f)
		}
	}
	return nil
}

// do runs a call with the deadline. The test fails if the call takes longer, or if the session had ended before the
// call and the call succeeds.
func (x *client) do(ctx context.Context, name string, f func(context.Context) error) error {
	dead := x.s != nil && errors.Is(x.s.Err(), session.ErrClosed)
	ctx, cancel := context.WithTimeout(ctx, x.deadline)
	defer cancel()
	begin := time.Now()
	err := f(ctx)
	if d := time.Since(begin); x.t != nil && d > x.deadline {
		x.t.Errorf("%s took %v: %v", name, d, err)
	}
	if x.t != nil && dead && err == nil && name != "Close" {
		x.t.Errorf("%s succeeded on a session that has ended: %v", name, x.s.Err())
	}
	return err
}
