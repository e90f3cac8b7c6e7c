package resync_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// rewrittenSession opens a session. Each line that the server sends goes through the
// function lines before the session reads it.
func rewrittenSession(t *testing.T, srv *imaptest.Server, lines func(string) string) *session.Session {
	t.Helper()
	s, err := dial(t, srv, func(c net.Conn) net.Conn { return &lineChanger{Conn: c, r: bufio.NewReader(c), lines: lines} }, session.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var fetchUID = regexp.MustCompile(`\(UID \d+`)

// TestHostile checks what a pass does if a server sends impossible data: it keeps only a limited amount of the data,
// and MarshalText accepts its State.
func TestHostile(t *testing.T) {
	n := 0
	for name, c := range map[string]struct {
		lines func(string) string
		limit string // what the expected wire.LimitError is about; "" if no error is expected
	}{
		"a flag for each message": {func(line string) string {
			n++
			return strings.Replace(line, "FLAGS (", fmt.Sprintf("FLAGS (flag%d ", n), 1)
		}, "flags"},
		"FETCH without end": {func(line string) string {
			if strings.Contains(line, " FETCH (") {
				return strings.Repeat(line, 20)
			}
			return line
		}, "messages"},
		"flags that are none": {func(line string) string {
			return strings.Replace(line, "FLAGS (", "FLAGS (\x80\x85\x04 ", 1)
		}, ""},
		"one UID for all": {func(line string) string { return fetchUID.ReplaceAllString(line, "(UID 4294967295") }, ""},
		"UID 0":           {func(line string) string { return fetchUID.ReplaceAllString(line, "(UID 0") }, ""},
		"VANISHED without end": {func(line string) string {
			if strings.Contains(line, "[HIGHESTMODSEQ") {
				return line + strings.Repeat("* VANISHED (EARLIER) 1:4294967295\r\n", 1000)
			}
			return line
		}, ""},
		"UIDNEXT at the end of all": {func(line string) string {
			return regexp.MustCompile(`UIDNEXT \d+`).ReplaceAllString(line, "UIDNEXT 4294967295")
		}, ""},
	} {
		for _, sv := range servers {
			srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
			box := srv.Mailbox("alice", "INBOX")
			messages := 30
			if c.limit == "flags" {
				messages = 1500
			}
			fill(t, box, messages)
			s := rewrittenSession(t, srv, c.lines)
			r := newReplica()
			opts := &resync.Options{MaxMessages: 6000, Window: 800}
			if c.limit == "messages" {
				opts.MaxMessages = 100
			}
			for range 2 {
				p := resync.New(s, "INBOX", r.state, opts)
				var err error
				for ch, e := range p.All(t.Context()) {
					if err = e; ch != nil {
						r.take(ch)
					}
				}
				r.state = p.State()
				var limit *wire.LimitError
				if c.limit != "" && (!errors.As(err, &limit) || limit.What != c.limit) || c.limit == "" && err != nil {
					t.Errorf("%s, %s: got %v, want a LimitError about %q, or no error if that is empty", name, sv.name, err, c.limit)
				}
				if _, err := r.state.MarshalText(); err != nil {
					t.Errorf("%s, %s: the State cannot be stored: %v", name, sv.name, err)
				}
			}
			// A pass on an honest server corrects the State.
			honest := mustDial(t, srv)
			box.AddFlags([]parser.Flag{parser.FlagFlagged}, 3)
			for range 2 {
				p := resync.New(honest, "INBOX", r.state, nil)
				for _, err := range p.All(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
				}
				r.state = p.State()
			}
			if got, ok := r.state.UIDs.Len(); !ok || got != uint64(messages) || !parser.HasFlag(r.state.FlagsOf(3), parser.FlagFlagged) {
				t.Errorf("%s, %s: the State has %d messages in the end, want %d: %.200v", name, sv.name, got, messages, r.state.UIDs)
			}
		}
	}
}
