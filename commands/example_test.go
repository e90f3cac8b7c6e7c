package commands_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// connect opens a session on a server in memory that has one message.
func connect(ctx context.Context) (*session.Session, func(), error) {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		return nil, nil, err
	}
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		srv.Close()
		return nil, nil, err
	}
	_, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx)
	return s, func() { s.Close(); srv.Close() }, err
}

// SignIn chooses among the mechanisms that the server offers. If a program remembers these mechanisms, SignIn later
// notices when somebody has removed the strong ones.
func ExampleSignIn() {
	ctx := context.Background()
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	alice := auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")}
	in, err := commands.SignIn(ctx, s, alice, auth.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("by", in.Mechanism)

	poor, err := imaptest.New(imaptest.WithUser("alice", "secret"), imaptest.WithMechanisms("PLAIN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer poor.Close()
	s, err = session.Open(ctx, poor.Pipe(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = commands.SignIn(ctx, s, alice, auth.Options{AllowPlaintext: true, Seen: in.Offered})
	fmt.Println(err)
	// Output:
	// by SCRAM-SHA-512
	// auth: the server offered SCRAM-SHA-512 before, but now offers nothing better than PLAIN
}

func ExampleFetch() {
	ctx := context.Background()
	s, done, err := connect(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for m, err := range commands.Fetch(s, numset.All(numset.Seq), fetch.UID, fetch.Size, fetch.Body("TEXT").Peek()).All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("UID", m.UID, "of", m.Size, "octets")
		for sec, err := range m.Sections {
			if err != nil {
				fmt.Println(err)
				return
			}
			io.Copy(os.Stdout, sec)
		}
	}
	// Output:
	// UID 1 of 25 octets
	// world
}

// ExampleWatch waits for mail. Watch renews IDLE in time, sends NOOP to a server without IDLE, and notices within a
// minute when a server is gone.
func ExampleWatch() {
	ctx := context.Background()
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx); err == nil {
		_, err = commands.Select(s, "INBOX").Wait(ctx)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		srv.WaitIdle(1)
		srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	}()

	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
		if err != nil || r.Name == "EXISTS" {
			fmt.Println(r.Num, err)
			break
		}
	}
	// Output: 1 <nil>
}

// If the session's handler does the work, the loop's body is empty. This server has no IDLE, so Watch sends NOOP.
func ExampleWatch_handler() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"), imaptest.Without("IDLE"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	cfg := &session.Config{Handler: session.Handler{Exists: func(n uint32) {
		if n > 0 {
			fmt.Println(n, "messages")
			cancel()
		}
	}}}
	s, err := session.Open(ctx, srv.Pipe(), cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx); err == nil {
		_, err = commands.Select(s, "INBOX").Wait(ctx)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))

	for _, err = range commands.Watch(ctx, s, commands.WatchOptions{Poll: time.Second}) {
	}
	fmt.Println(err)
	// Output:
	// 1 messages
	// context canceled
}
