// Push measures how long clients take for many APPEND, STORE or STATUS commands that are started together, over a link
// with a delay. It compares imapstack with go-imap v2 in the same run, and with mbsync if it is installed. The task
// piped, which runs only if it is named, compares APPEND with a client that only writes the commands and looks for the
// tags. The table is in Markdown.
//
//	go run ./push -rtt 50ms                   against the test server, in its own process
//	go run ./push -server FILE                against the server that FILE describes: DIR/env, which imaptest/interop/dovecot.sh start DIR writes
//	go run ./push -server FILE -rtt 0 piped
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/docs/bench/delay"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// bench holds the settings that all clients of a run share.
type bench struct {
	env  peer.Env
	addr string // the address of the server itself, for commands that are not measured
	link string // the address of the relay, or of the server if there is no delay
	rtt  time.Duration
	runs int
}

// A task is a job that each client does. Its functions return how long they took.
type task struct {
	name, about string
	clients     []client
}

type client struct {
	name string
	run  func(b *bench) (time.Duration, error)
}

const (
	box      = "Bench"
	messages = 200
	octets   = 8 << 10
)

var tasks = []task{
	{"append", "200 APPENDs of 8 KB started together, with the connection, the login and the end", []client{
		{"imapstack", ourAppends}, {"go-imap v2", theirAppends}, {"mbsync", mbsync}}},
	{"store", "50 silent STOREs of single messages, started together", []client{{"imapstack", ourStores}, {"go-imap v2", theirStores}}},
	{"status", "500 STATUS of as many mailboxes, started together", []client{{"imapstack", ourStatus}, {"go-imap v2", theirStatus}}},
	{"piped", "2,000 APPENDs of 10 KB", []client{{"imapstack", ourPiped}, {"only writing", onlyWriting}, {"go-imap v2", theirPiped}}},
}

func main() {
	rtt := flag.Duration("rtt", 50*time.Millisecond, "the round trip of the link; 0 means no delay")
	server := flag.String("server", "", "use the server that `FILE` describes; without it, start the test server")
	runs := flag.Int("n", 5, "number of runs; the tables show the median")
	serve := flag.Bool("serve", false, "")
	flag.Parse()
	if *serve {
		fatal(serveTest())
	}
	b := &bench{rtt: *rtt, runs: *runs}
	stop, err := b.begin(*server)
	fatal(err)
	defer stop()
	names := flag.Args()
	if len(names) == 0 {
		names = []string{"append", "store", "status"}
	}
	fmt.Printf("%s, %d processors, %s/%s, a round trip of %v, %s\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, b.rtt, b.env.Name)
	for _, name := range names {
		i := slices.IndexFunc(tasks, func(t task) bool { return t.name == name })
		if i < 0 {
			fatal(fmt.Errorf("unknown task %q", name))
		}
		b.table(&tasks[i])
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "push:", err)
		os.Exit(1)
	}
}

// begin finds or starts the server, and the relay in front of it.
func (b *bench) begin(file string) (stop func(), err error) {
	end := func() {}
	if file == "" {
		b.env = peer.Env{Name: "imaptest", User: "alice", Other: "bob", Password: "secret"}
		if b.env.Host, b.env.Port, end, err = startTest(); err != nil {
			return nil, err
		}
	} else {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if b.env, err = peer.Read(f); err != nil {
			return nil, err
		}
	}
	b.addr = b.env.Addr()
	link, stopLink, err := delay.Relay(b.addr, b.rtt)
	b.link = link
	return func() { stopLink(); end() }, err
}

// table prints the table of a task. The clients' runs alternate, so that other load on the machine affects all clients
// alike.
func (b *bench) table(t *task) {
	times := make([][]time.Duration, len(t.clients))
	failed := make([]error, len(t.clients))
	for range b.runs {
		for i, c := range t.clients {
			if failed[i] != nil {
				continue
			}
			d, err := c.run(b)
			if err != nil {
				failed[i] = err
				continue
			}
			times[i] = append(times[i], d)
		}
	}
	fmt.Printf("\n### %s: %s\n\n| client | s | round trips | × imapstack |\n|---|---|---|---|\n", t.name, t.about)
	var first time.Duration
	for i, c := range t.clients {
		if failed[i] != nil {
			fmt.Printf("| %s | %v |\n", c.name, failed[i])
			continue
		}
		slices.SortFunc(times[i], func(a, b time.Duration) int { return cmp.Compare(a, b) })
		d := times[i][len(times[i])/2]
		if i == 0 {
			first = d
		}
		trips := "-"
		if b.rtt > 0 {
			trips = fmt.Sprintf("%.1f", float64(d)/float64(b.rtt))
		}
		fmt.Printf("| %s | %.3f | %s | %.2f |\n", c.name, d.Seconds(), trips, float64(d)/float64(first))
	}
}

// open opens a session at an address and logs in.
func (b *bench) open(ctx context.Context, addr string) (*session.Session, error) {
	return b.openAs(ctx, addr, b.env.User)
}

func (b *bench) openAs(ctx context.Context, addr, user string) (*session.Session, error) {
	s, err := session.Dial(ctx, transport.TCP(addr), nil)
	if err != nil {
		return nil, err
	}
	if _, err := commands.Login(s, user, auth.NewSecret(b.env.Password), commands.AllowPlaintext()).Wait(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// fresh deletes the mailbox and creates it again, with n small messages.
func (b *bench) fresh(n int) error {
	ctx := context.Background()
	s, err := b.open(ctx, b.addr)
	if err != nil {
		return err
	}
	defer s.Close()
	commands.Delete(s, box).Wait(ctx)
	if _, err := commands.Create(s, box).Wait(ctx); err != nil {
		return err
	}
	for i := range n {
		if _, err := commands.Append(s, box, strings.NewReader(text(i, 300)), -1).Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// holds checks that the mailbox has n messages.
func (b *bench) holds(n int) error {
	ctx := context.Background()
	s, err := b.open(ctx, b.addr)
	if err != nil {
		return err
	}
	defer s.Close()
	st, err := commands.Status(s, box, status.Messages).Wait(ctx)
	if err == nil && int(st.Messages) != n {
		err = fmt.Errorf("the mailbox has %d messages, want %d", st.Messages, n)
	}
	return err
}

// text returns a message of size octets.
func text(n, size int) string {
	head := fmt.Sprintf("From: a@example.com\r\nSubject: %d\r\nMessage-ID: <%d.%d@example.com>\r\n\r\n", n, n, time.Now().UnixNano())
	line := strings.Repeat("0123456789", 7) + "\r\n"
	return (head + strings.Repeat(line, size/len(line)+1))[:size-2] + "\r\n"
}

// serveTest is the test server's process.
func serveTest() error {
	srv, err := imaptest.New(imaptest.AllowPlain(), imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	srv.Serve(l)
	select {}
}
