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
	User string    // the user who had logged in; "" for none
	At   time.Time // when the command had arrived, except for literals that are streamed
	Tag  string
	Name string // the name in upper case, such as "UID FETCH"; of a malformed command, the part that could be read
	// Args holds the arguments as the client sent them, with short literals in quotes and longer ones as "{size}".
	// Without ShowSecrets, secrets are "…". Very long arguments are cut off after 1,024 bytes.
	Args string
	// Status is the status of the answer; 0 before the answer.
	Status parser.Status
	// Wrong has a line for each thing in the command that the RFCs do not allow, even if the server has accepted it;
	// see Strict. It is set at the same time as Status.
	Wrong []string
}

// Wrong returns the commands in which something was wrong. The slice is the caller's.
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

// Commands are commands in the order in which the server received them.
type Commands []Received

// Of returns the commands of one connection.
func (list Commands) Of(conn int) Commands {
	return list.filter(func(r Received) bool { return r.Conn == conn })
}

// Named returns the commands of that name, ignoring case. "FETCH" also means UID FETCH.
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

// ShowSecrets makes Received show passwords and other secrets.
func ShowSecrets() Option { return func(o *options) { o.guard.secrets = true } }

// The limits on the history.
const (
	maxHistory = 10_000
	maxArgs    = 1 << 10
)

// history holds the last commands that were received, at most maxHistory.
type history struct {
	mu      sync.Mutex
	changed *sync.Cond
	list    []Received
	dropped int // how many commands were dropped from the beginning of list
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

// answered notes the status of the answer to a command.
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

// Received returns the commands that the server has received. The server keeps at most ten thousand; when one more
// arrives, it drops the oldest five thousand. The slice is the caller's.
func (s *Server) Received() Commands {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	return append(Commands(nil), s.history.list...)
}

// Forget drops the commands that were received so far.
func (s *Server) Forget() {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropped += len(h.list)
	h.list = nil
}

// WaitReceived waits for a command for which f returns true, and returns it. It also calls f for the commands that have
// arrived before the call. When a command has been answered, it calls f again, with Status set. If ctx is done first,
// the error wraps the cause.
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

// receive remembers the current command.
func (c *conn) receive(tag []byte, name string, ok bool) {
	r := Received{Conn: c.num, User: c.name, At: time.Now(), Tag: string(tag), Name: name}
	secrets := c.srv.opt.guard.secrets
	if ok || secrets {
		r.Args = shownArgs(c.cmds.Raw(), tag, name, secrets)
	}
	c.entry = c.srv.history.add(r)
}

// shownArgs returns the arguments of a command as Received.Args shows them.
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

// withoutSecrets returns the arguments of a command with "…" in place of its secrets.
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
