package imaptest_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// watcher is a client that keeps its view of a mailbox up to date by the server's responses, and reports responses that
// are impossible.
type watcher struct {
	t    *testing.T
	name string
	c    net.Conn
	r    *parser.Reader
	rng  *rand.Rand

	cmd     string // the command in progress
	uids    []uint32
	flags   map[string]bool // keywords that the server has announced
	qresync bool
	rev2    bool
	open    bool
	modseq  map[uint32]uint64
	last    []string // the last lines, to show with a failure
}

func (w *watcher) complain(format string, args ...any) {
	w.t.Errorf("%s: %s; lately: %s", w.name, fmt.Sprintf(format, args...), strings.Join(w.last, " | "))
}

// do sends a command and checks all responses up to its tagged response.
func (w *watcher) do(cmd string) parser.Status {
	w.cmd, _, _ = strings.Cut(cmd, " ")
	if uid, ok := strings.CutPrefix(cmd, "UID "); ok {
		w.cmd, _, _ = strings.Cut(uid, " ")
		w.cmd = "UID " + w.cmd
	}
	w.note("C: " + cmd)
	fmt.Fprintf(w.c, "t %s\r\n", cmd)
	for {
		resp, err := w.r.Next()
		if err != nil {
			w.complain("%v", err)
			return parser.BYE
		}
		w.note("S: " + strings.TrimSpace(string(resp.Raw())))
		if resp.Kind == parser.Continuation {
			fmt.Fprint(w.c, "DONE\r\n")
			continue
		}
		if resp.Kind == parser.Tagged {
			if resp.Status == parser.BAD {
				w.complain("%s: BAD %s", cmd, resp.Text)
			}
			return resp.Status
		}
		w.look(resp)
	}
}

func (w *watcher) note(s string) {
	if len(w.last) > 12 {
		w.last = slices.Delete(w.last, 0, 1)
	}
	w.last = append(w.last, s[:min(len(s), 160)])
}

// look checks one untagged response.
func (w *watcher) look(resp *parser.Response) {
	switch {
	case resp.Name == "EXISTS":
		if !w.open {
			w.complain("EXISTS while no mailbox is open")
		}
		if int(resp.Num) < len(w.uids) {
			w.complain("EXISTS %d after %d", resp.Num, len(w.uids))
			return
		}
		w.uids = append(w.uids, make([]uint32, int(resp.Num)-len(w.uids))...)
	case resp.Name == "EXPUNGE":
		if w.qresync {
			w.complain("EXPUNGE with QRESYNC")
		}
		if slices.Contains([]string{"FETCH", "STORE", "SEARCH", "SORT", "THREAD"}, w.cmd) {
			w.complain("EXPUNGE during %s", w.cmd)
		}
		if resp.Num == 0 || int(resp.Num) > len(w.uids) {
			w.complain("EXPUNGE %d of %d", resp.Num, len(w.uids))
			return
		}
		w.uids = slices.Delete(w.uids, int(resp.Num)-1, int(resp.Num))
	case resp.Name == "VANISHED":
		var v parser.Vanished
		if err := v.Decode(resp.Decoder()); err != nil || !w.qresync {
			w.complain("VANISHED: %v", err)
			return
		}
		for uid := range v.UIDs.Numbers() {
			i := w.find(uid)
			if i < 0 {
				w.complain("VANISHED %d, which is not in %v", uid, w.uids)
				return
			}
			w.uids = slices.Delete(w.uids, i, i+1)
		}
	case resp.Name == "FLAGS":
		w.flags = map[string]bool{`\recent`: true}
		d := resp.Decoder()
		for range d.List {
			w.flags[strings.ToLower(string(d.Flag()))] = true
		}
	case resp.Name == "FETCH":
		w.fetched(resp)
	}
}

// find returns the index of the message with a UID. If no message is known to have the UID, it returns the index of a
// message that may have it: one without a known UID, between a lower and a higher UID. All messages without a known UID
// between two known UIDs are alike. If there is no such message either, find returns -1.
func (w *watcher) find(uid uint32) int {
	unknown := -1
	for i, have := range w.uids {
		switch {
		case have == uid:
			return i
		case have > uid:
			return unknown
		case have != 0:
			unknown = -1
		case unknown < 0:
			unknown = i
		}
	}
	return unknown
}

func (w *watcher) fetched(resp *parser.Response) {
	f, err := resp.Fetch()
	if err != nil {
		w.complain("%v", err)
		return
	}
	if f.Seq == 0 || int(f.Seq) > len(w.uids) {
		w.complain("FETCH %d of %d", f.Seq, len(w.uids))
		return
	}
	if f.UID != 0 {
		have := &w.uids[f.Seq-1]
		if *have != 0 && *have != f.UID {
			w.complain("the UID of message %d changed from %d to %d", f.Seq, *have, f.UID)
		}
		*have = f.UID
		for i, prev := 0, uint32(0); i < len(w.uids); i++ {
			if w.uids[i] != 0 {
				if w.uids[i] <= prev {
					w.complain("UIDs %v are not ascending", w.uids)
					break
				}
				prev = w.uids[i]
			}
		}
		if f.ModSeq != 0 {
			if f.ModSeq < w.modseq[f.UID] {
				w.complain("MODSEQ of %d went from %d to %d", f.UID, w.modseq[f.UID], f.ModSeq)
			}
			w.modseq[f.UID] = f.ModSeq
		}
	}
	for _, x := range f.Flags {
		if name := strings.ToLower(string(x)); !w.flags[name] {
			w.complain("flag %s was not announced", x)
		}
		if w.rev2 && strings.EqualFold(string(x), `\Recent`) {
			w.complain(`\Recent in IMAP4rev2`)
		}
	}
}

// set returns a random set: of UIDs if uid is true, otherwise of sequence numbers.
func (w *watcher) set(uid bool) string {
	n := len(w.uids)
	if uid {
		a := 1 + w.rng.IntN(300)
		return fmt.Sprintf("%d:%d", a, a+w.rng.IntN(20))
	}
	a := 1 + w.rng.IntN(n)
	return fmt.Sprintf("%d:%d", a, min(n, a+w.rng.IntN(5)))
}

// step sends a random command.
func (w *watcher) step() {
	if !w.open {
		w.uids, w.open, w.modseq = nil, true, map[uint32]uint64{}
		if w.do([]string{"SELECT INBOX", "SELECT Shared1", "EXAMINE INBOX"}[w.rng.IntN(3)]) != parser.OK {
			w.open = false
		}
		return
	}
	prefix := ""
	uid := w.rng.IntN(2) == 0
	if uid {
		prefix = "UID "
	} else if len(w.uids) == 0 {
		w.do("NOOP")
		return
	}
	keyword := fmt.Sprintf("key%d", w.rng.IntN(60))
	switch k := w.rng.IntN(100); {
	case k < 20:
		w.do(prefix + "FETCH " + w.set(uid) + " (UID FLAGS)")
	case k < 30:
		w.do(prefix + "FETCH " + w.set(uid) + " (FLAGS ENVELOPE BODY.PEEK[HEADER])")
	case k < 45:
		w.do(prefix + "STORE " + w.set(uid) + " +FLAGS (" + keyword + ` \Seen)`)
	case k < 50:
		w.do(prefix + "STORE " + w.set(uid) + ` FLAGS.SILENT (\Deleted)`)
	case k < 55:
		w.do("EXPUNGE")
	case k < 70:
		w.do("APPEND " + []string{"INBOX", "Shared1"}[w.rng.IntN(2)] + " (" + keyword + ") {14+}\r\nSubject: x\r\n\r\n")
	case k < 76:
		w.do(prefix + "SEARCH UNSEEN KEYWORD " + keyword)
	case k < 80:
		w.do(prefix + "COPY " + w.set(uid) + " Shared1")
	case k < 84:
		w.do(prefix + "MOVE " + w.set(uid) + " INBOX")
	case k < 88:
		w.do("IDLE")
	case k < 90:
		w.do("STATUS Shared1 (MESSAGES UIDNEXT UNSEEN)")
	case k < 92:
		w.do("CLOSE")
		w.open, w.uids = false, nil
	case k < 94:
		w.do("UID EXPUNGE " + w.set(true))
	default:
		w.do("NOOP")
	}
}

// TestStress runs clients of all kinds on the same two mailboxes, while the test also changes them.
func TestStress(t *testing.T) {
	srv := newServer(t)
	for range 20 {
		srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n"))
	}
	srv.Mailbox("alice", "Shared1")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := srv.Pipe()
			defer c.Close()
			w := &watcher{t: t, name: fmt.Sprint("client ", i), c: c, r: parser.NewReader(wire.NewReader(c, wire.Limits{})),
				rng: rand.New(rand.NewPCG(7, uint64(i))), modseq: map[uint32]uint64{}, flags: map[string]bool{}}
			w.r.Next()
			w.do("LOGIN alice secret")
			switch i % 4 {
			case 1:
				w.qresync = true
				w.do("ENABLE QRESYNC")
			case 2:
				w.rev2 = true
				w.do("ENABLE IMAP4rev2")
			case 3:
				w.do("ENABLE CONDSTORE")
			}
			for range 400 {
				if w.step(); t.Failed() {
					return
				}
			}
		})
	}
	box := srv.Mailbox("alice", "INBOX")
	for i := range 200 {
		uid, _ := box.Append([]byte("Subject: y\r\n\r\n"), parser.Flag(fmt.Sprint("meddled", i%10)))
		box.AddFlags([]parser.Flag{`\Flagged`}, uid)
		if i%3 == 0 {
			box.Expunge(uid)
		}
	}
	wg.Wait()
	if n := len(srv.Received()); n < 1000 {
		t.Errorf("only %d commands", n)
	}
}
