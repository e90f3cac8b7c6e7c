package imaptest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Received is a command that the server has received.
type Received struct {
	Conn int       // the number of the connection, from 1
	User string    // who had logged in; "" for nobody
	At   time.Time // when all of it was there, but for literals that are streamed
	Tag  string
	Name string // in upper case, "UID FETCH"; as far as it could be read
	// Args is the arguments as they came, but with short literals in quotes and longer ones as "{size}". Secrets
	// are "…" unless ShowSecrets was asked for. Of very long ones it is the beginning.
	Args string
	// Status is how the command was answered; 0 as long as it was not.
	Status parser.Status
	// Wrong is what the RFCs do not allow of it, a line for each thing, whether the server has taken it or not; see Strict. It is there with Status.
	Wrong []string
}

// Wrong returns the commands of which something was wrong.
func (list Commands) Wrong() Commands {
	return list.filter(func(r Received) bool { return len(r.Wrong) > 0 })
}

// String returns the command without its tag: "UID FETCH 1:* (FLAGS)".
func (r Received) String() string {
	if r.Args == "" {
		return r.Name
	}
	return r.Name + " " + r.Args
}

// Commands is commands in the order in which they were received.
type Commands []Received

// Of returns the commands of one connection.
func (list Commands) Of(conn int) Commands {
	return list.filter(func(r Received) bool { return r.Conn == conn })
}

// Named returns the commands of that name, "FETCH" for UID FETCH too.
func (list Commands) Named(name string) Commands {
	return list.filter(func(r Received) bool {
		return strings.EqualFold(r.Name, name) || strings.EqualFold(r.Name, "UID "+name)
	})
}

func (list Commands) filter(f func(Received) bool) (out Commands) {
	for _, r := range list {
		if f(r) {
			out = append(out, r)
		}
	}
	return out
}

// Strings returns each command without its tag.
func (list Commands) Strings() []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.String()
	}
	return out
}

// ShowSecrets lets the test see passwords and the like in what was received.
func ShowSecrets() Option { return func(o *options) { o.guard.secrets = true } }

// The bounds of what is remembered.
const (
	maxHistory = 10_000
	maxArgs    = 1 << 10
)

// history is what was received: the last maxHistory commands.
type history struct {
	mu      sync.Mutex
	changed *sync.Cond
	list    []Received
	dropped int // of the oldest
}

// add remembers a command and returns its number.
func (h *history) add(r Received) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list) >= maxHistory {
		h.dropped += maxHistory / 2
		h.list = append(h.list[:0], h.list[maxHistory/2:]...)
	}
	h.list = append(h.list, r)
	if h.changed != nil {
		h.changed.Broadcast()
	}
	return h.dropped + len(h.list) - 1
}

// answered notes how a command was answered.
func (h *history) answered(n int, status parser.Status, wrong []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n -= h.dropped; n >= 0 && n < len(h.list) {
		h.list[n].Status, h.list[n].Wrong = status, wrong
	}
	if h.changed != nil {
		h.changed.Broadcast()
	}
}

// Received returns the commands that were received, the last ten thousand at least of them. The slice is the caller's.
func (s *Server) Received() Commands {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	return append(Commands(nil), s.history.list...)
}

// Forget forgets what was received so far.
func (s *Server) Forget() {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropped += len(h.list)
	h.list = nil
}

// WaitReceived waits for a command that f is true for, among those that have been received too, and returns it. f is called again when the
// command has been answered: Status tells. It fails when ctx is done.
func (s *Server) WaitReceived(ctx context.Context, f func(Received) bool) (Received, error) {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed == nil {
		h.changed = sync.NewCond(&h.mu)
	}
	defer context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changed.Broadcast()
	})()
	for {
		for _, r := range h.list {
			if f(r) {
				return r, nil
			}
		}
		if ctx.Err() != nil {
			return Received{}, fmt.Errorf("imaptest: waiting for a command: %w", context.Cause(ctx))
		}
		h.changed.Wait()
	}
}

// receive remembers the command at hand.
func (c *conn) receive(tag []byte, name string, ok bool) {
	r := Received{Conn: c.num, User: c.name, At: time.Now(), Tag: string(tag), Name: name}
	secrets := c.srv.opt.guard.secrets
	if ok || secrets {
		r.Args = shownArgs(c.cmds.Raw(), tag, name, secrets)
	}
	c.entry = c.srv.history.add(r)
}

// shownArgs returns the arguments of a command as they are shown.
func shownArgs(raw, tag []byte, name string, secrets bool) string {
	b := raw
	for _, w := range []string{string(tag), name} {
		if len(b) < len(w) || !wire.EqualFold(b[:len(w)], w) {
			return ""
		}
		b = bytes.TrimLeft(b[len(w):], " ")
	}
	var out strings.Builder
	for len(b) > 0 && out.Len() < maxArgs {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		size, _, lit := announced(append(line[:len(line):len(line)], '\n'))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if b = rest; !lit {
			out.Write(line)
			break
		}
		at := bytes.LastIndexByte(line, '{')
		switch {
		case size <= 100 && size <= int64(len(b)):
			out.Write(line[:at])
			fmt.Fprintf(&out, "%q", b[:size])
		default:
			fmt.Fprintf(&out, "%s{%d}", line[:at], size)
		}
		b = b[min(size, int64(len(b))):]
	}
	args := out.String()
	if !secrets {
		args = withoutSecrets(name, args)
	}
	if len(args) > maxArgs {
		args = args[:maxArgs] + "…"
	}
	return args
}

// withoutSecrets returns the arguments of a command with its secrets left out.
func withoutSecrets(name, args string) string {
	switch name {
	case "LOGIN":
		d := wire.NewDecoder([]byte(args + "\r\n"))
		d.AString()
		if d.Err() != nil {
			return "…"
		}
		return args[:d.Pos()] + " …"
	case "AUTHENTICATE":
		mech, initial, _ := strings.Cut(args, " ")
		if initial != "" {
			return mech + " …"
		}
	case "URLFETCH", "GENURLAUTH", "APPEND", "REPLACE":
		return urlTokens.ReplaceAllString(args, "$1…")
	}
	return args
}
