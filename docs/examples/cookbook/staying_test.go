package cookbook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// Keep a pool of connections for many goroutines
//
// Any number of goroutines may call Account.Do. Each call gets a connection of its own, with its mailbox open. At most
// MaxConns exist at a time, and fewer if the server says that there are too many. A connection that was idle for half a
// minute is probed with NOOP before it is used. The account closes connections that are no longer needed.
func pool(d transport.Dialer, cred auth.Credentials, opts auth.Options) *account.Account {
	return account.New(account.Options{Dialer: d, Credentials: cred, Auth: opts, MaxConns: 3})
}

func TestPool(t *testing.T) {
	srv := imaptest.NewServer(t)
	d := transport.DialFunc(func(context.Context) (transport.Conn, error) { return srv.Pipe(), nil })
	a := pool(d, auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")}, auth.Options{AllowPlaintext: true})
	defer a.Close()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			err := a.Do(t.Context(), "INBOX", func(s *session.Session) error {
				msg := mailOf(fmt.Sprint(i))
				_, err := commands.Append(s, "INBOX", strings.NewReader(msg), int64(len(msg))).Wait(t.Context())
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, open := srv.Mailbox("alice", "INBOX").Status().Messages, len(srv.Connections()); n != 16 || open > 3 {
		t.Errorf("got %d messages over %d connections, want 16 over at most 3", n, open)
	}
}

// Reconnect with backoff, for as long as necessary
//
// Do connects by itself. After a temporary error it tries again, with growing and randomized pauses from MinBackoff
// to MaxBackoff. All callers that wait share one attempt. Patience limits how long Do keeps trying; -1 means until
// the context ends. A permanent error, such as a wrong password, is returned at once. Report is called with the
// error when trouble begins, and with nil when it is over, so that the program can tell the user.
func reconnect(opt account.Options, report func(error)) *account.Account {
	opt.MinBackoff, opt.MaxBackoff = 2*time.Second, 10*time.Minute
	opt.Patience = -1
	opt.Report = report
	return account.New(opt)
}

func TestReconnect(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *imaptest.Server) {
		tries := 0
		d := transport.DialFunc(func(context.Context) (transport.Conn, error) {
			if tries++; tries < 5 {
				return nil, errors.New("no route to host")
			}
			return srv.Pipe(), nil
		})
		var told []error
		a := reconnect(account.Options{Dialer: d, Auth: auth.Options{AllowPlaintext: true},
			Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")}}, func(err error) { told = append(told, err) })
		defer a.Close()
		began := time.Now()
		err := a.Do(t.Context(), "INBOX", func(*session.Session) error { return nil })
		if err != nil || tries != 5 || time.Since(began) < 10*time.Second {
			t.Errorf("got %v after %d tries in %v, want 5 tries in at least 10s", err, tries, time.Since(began))
		}
		if len(told) != 2 || !errors.Is(told[0], account.ErrForNow) || told[1] != nil {
			t.Errorf("Report got %v, want ErrForNow and nil", told)
		}
	})
}

// Repeat what may be done twice, and check what may not
//
// If the connection is lost before the function has sent anything, Do runs it again. With Repeatable, Do also runs it
// again if the connection is lost later. Without Repeatable, the error is then ErrUncertain: the server may have
// executed the command, so look first.
func appendOnce(ctx context.Context, a *account.Account, id, msg string) error {
	for {
		there := false
		err := a.Do(ctx, "INBOX", func(s *session.Session) error {
			found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id)).Wait(ctx)
			there = found.Count > 0
			return err
		}, account.ReadOnly, account.Repeatable)
		if err != nil || there {
			return err
		}
		err = a.Do(ctx, "", func(s *session.Session) error {
			_, err := commands.Append(s, "INBOX", strings.NewReader(msg), int64(len(msg))).Wait(ctx)
			return err
		})
		if !errors.Is(err, account.ErrUncertain) {
			return err
		}
	}
}

func TestAppendOnce(t *testing.T) {
	srv := imaptest.NewServer(t)
	a := alice(t, srv, nil)
	// The server has stored the message, but its answer is lost.
	srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: 1}, imaptest.When{Command: "APPEND", Times: 1})
	if err := appendOnce(t.Context(), a, "<1@example.com>", "Message-ID: <1@example.com>\r\n\r\nHello\r\n"); err != nil {
		t.Error(err)
	}
	srv.ExpectInjected(t, 1)
	if n, tries := srv.Mailbox("alice", "INBOX").Status().Messages, len(srv.Received().Named("APPEND")); n != 1 || tries != 1 {
		t.Errorf("INBOX has %d messages after %d APPENDs, want 1 after 1", n, tries)
	}
}

// Decide what to do about an error: ask a person, wait, or skip this command
//
// errors.Is tells of which kind an error of an account is. For an error of a session, call
// account.Classify first.
func whatToDo(err error) string {
	switch {
	case errors.Is(err, account.ErrCredentials):
		return "ask for the password"
	case errors.Is(err, account.ErrTLS):
		return "show why the server cannot be trusted"
	case errors.Is(err, account.ErrForGood):
		return "tell the user"
	case errors.Is(err, account.ErrThrottled):
		return "do less"
	case errors.Is(err, account.ErrForNow):
		return "try again later"
	case errors.Is(err, account.ErrForCommand):
		return "skip this command"
	}
	return "handle it: it is the program's own"
}

func TestWhatToDo(t *testing.T) {
	srv := imaptest.NewServer(t)
	a := alice(t, srv, nil)
	err := a.Do(t.Context(), "Nowhere", func(*session.Session) error { return nil })
	if got := whatToDo(err); got != "skip this command" {
		t.Errorf("a mailbox that does not exist: got %q for %v", got, err)
	}
	a = alice(t, srv, func(o *account.Options) { o.Credentials.Password = auth.NewSecret("wrong") })
	if err := a.Do(t.Context(), "", func(*session.Session) error { return nil }); whatToDo(err) != "ask for the password" {
		t.Errorf("a wrong password: got %q for %v", whatToDo(err), err)
	}
	if got := whatToDo(errors.New("disk full")); got != "handle it: it is the program's own" {
		t.Errorf("an error of the program: got %q", got)
	}
}

// Wait as long as a throttling server says
//
// Microsoft 365 says in the text of its answer how long to wait; other providers do not say it. Do waits by itself.
// With Repeatable, Do also waits and runs the function again if the server refuses a command of the function. To reduce
// the load, lower MaxConns. Work marked with Bulk leaves a connection for short work.
func subjectsSlowly(ctx context.Context, a *account.Account) (list []string, err error) {
	err = a.Do(ctx, "INBOX", func(s *session.Session) error {
		list = nil // the function may run again
		for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.Envelope).All(ctx) {
			if err != nil {
				return err
			}
			var e parser.Envelope
			if _, err := m.Envelope(&e); err != nil {
				return err
			}
			list = append(list, e.SubjectText())
		}
		return nil
	}, account.ReadOnly, account.Repeatable, account.Bulk)
	return list, err
}

func TestSubjectsSlowly(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *imaptest.Server) {
		add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
		srv.Inject(imaptest.Answer{Text: "Request is throttled. Suggested Backoff Time: 60000 milliseconds"}, imaptest.When{Command: "FETCH", Times: 1})
		began := time.Now()
		list, err := subjectsSlowly(t.Context(), alice(t, srv, nil))
		if fmt.Sprint(list) != "[one two]" || err != nil || time.Since(began) < time.Minute {
			t.Errorf("got %v, %v after %v; want both subjects after at least a minute", list, err, time.Since(began))
		}
	})
}

// Wait for new mail
//
// The loop continues across reconnections, and misses no mail that arrives while there is no connection.
func waitForMail(ctx context.Context, a *account.Account, f func(*account.Arrived) error) error {
	for ev, err := range a.Watch(ctx, account.WatchOptions{}) { // INBOX
		if err != nil {
			return err // the error is permanent, or ctx has ended
		}
		if ev, ok := ev.(*account.Arrived); ok {
			if err := f(ev); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestWaitForMail(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *imaptest.Server) {
		add(t, srv, "INBOX", mailOf("old"))
		go func() {
			time.Sleep(time.Minute)
			srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now, Times: 1})
			add(t, srv, "INBOX", mailOf("new"))
		}()
		enough := errors.New("enough")
		var got string
		err := waitForMail(t.Context(), alice(t, srv, nil), func(ev *account.Arrived) error {
			got = ev.Mailbox + " " + ev.UIDs.String()
			return enough
		})
		if !errors.Is(err, enough) || got != "INBOX 2" {
			t.Errorf("got %q, %v; want INBOX 2", got, err)
		}
	})
}

// Wait for new mail in all mailboxes
//
// This takes one connection: with NOTIFY if the server supports it, and otherwise with IDLE on one mailbox and a
// periodic STATUS of the others. A mailbox that was just created may have messages already, so read it.
func waitEverywhere(ctx context.Context, a *account.Account, f func(mailbox string) error) error {
	for ev, err := range a.Watch(ctx, account.WatchOptions{All: true, Poll: 5 * time.Minute}) {
		if err != nil {
			return err
		}
		switch ev := ev.(type) {
		case *account.Arrived:
			err = f(ev.Mailbox)
		case *account.MailboxCreated:
			err = f(ev.Mailbox)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestWaitEverywhere(t *testing.T) {
	for _, without := range []string{"", "NOTIFY"} {
		t.Run(without, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *imaptest.Server) {
				srv.Mailbox("alice", "Lists")
				go func() {
					time.Sleep(time.Minute)
					add(t, srv, "Lists", mailOf("new"))
					time.Sleep(10 * time.Minute)
					srv.Mailbox("alice", "Work")
				}()
				enough := errors.New("enough")
				var got []string
				err := waitEverywhere(t.Context(), alice(t, srv, nil), func(mailbox string) error {
					if got = append(got, mailbox); len(got) == 2 {
						return enough
					}
					return nil
				})
				if !errors.Is(err, enough) || fmt.Sprint(got) != "[Lists Work]" {
					t.Errorf("got the mailboxes %v, %v; want Lists and Work", got, err)
				}
			}, imaptest.Without(without))
		})
	}
}

// Do something in many accounts at once
//
// An account that fails affects only itself: its error says why, and the others continue.
func inAll(ctx context.Context, accounts map[string]*account.Account, f func(name string, s *session.Session) error) map[string]error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	failed := map[string]error{}
	for name, a := range accounts {
		wg.Go(func() {
			err := a.Do(ctx, "INBOX", func(s *session.Session) error { return f(name, s) }, account.ReadOnly)
			if err != nil {
				mu.Lock()
				failed[name] = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}

func TestInAll(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
	accounts := map[string]*account.Account{
		"good": alice(t, srv, nil),
		"bad":  alice(t, srv, func(o *account.Options) { o.Credentials.Password = auth.NewSecret("wrong") }),
	}
	var n uint32
	failed := inAll(t.Context(), accounts, func(name string, s *session.Session) error {
		n += s.Mailbox().Exists
		return nil
	})
	if n != 2 || len(failed) != 1 || !errors.Is(failed["bad"], account.ErrCredentials) {
		t.Errorf("got %d messages, and the errors %v; want 2, and an error of bad", n, failed)
	}
}

// Wait for mail on your own session
//
// Alive bounds how long a silently lost connection goes unnoticed.
func waitOnSession(ctx context.Context, s *session.Session) (messages uint32, err error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return 0, err
	}
	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
		if err != nil {
			return 0, err
		}
		if r.Name == "EXISTS" {
			break // the session is ready for the next command
		}
	}
	return s.Mailbox().Exists, nil
}

func TestWaitOnSession(t *testing.T) {
	srv := imaptest.NewServer(t)
	s := open(t, srv, "alice")
	go func() {
		srv.WaitIdle(1)
		add(t, srv, "INBOX", mailOf("new"))
	}()
	if n, err := waitOnSession(t.Context(), s); n != 1 || err != nil {
		t.Errorf("got %d messages, %v; want 1", n, err)
	}
}

// Wait for a message from somebody, for a limited time
//
// A program that has to confirm an address, for example, waits like this for the message with the link. The function
// `begin` asks for the message. It runs after UIDNEXT is known, so earlier messages do not count, and no message is
// missed. `ctx` limits the time. The search may find the last message although its UID is below `next`, because
// `next:*` always contains the last message.
func waitFrom(ctx context.Context, s *session.Session, sender string, begin func() error) (uid uint32, err error) {
	box, err := commands.Examine(s, "INBOX").Wait(ctx)
	if err != nil {
		return 0, err
	}
	next := box.UIDNext
	if next == 0 {
		return 0, errors.New("the server does not tell which UID is next")
	}
	if err := begin(); err != nil {
		return 0, err
	}
	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
		if err != nil {
			return 0, err // if the time is over, this is context.DeadlineExceeded
		}
		if r.Name != "EXISTS" {
			continue
		}
		key := search.And(search.In(numset.Span(numset.UID, next, 0)), search.From(sender)) // 0 stands for "*"
		found, err := commands.Search(s, numset.UID, key).Wait(ctx)
		if err != nil {
			return 0, err
		}
		if uid, ok := found.Found.Max(); ok && uid >= next {
			return uid, nil
		}
	}
	return 0, nil // does not happen: the loop ends with an error
}

func TestWaitFrom(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *imaptest.Server) {
		s := open(t, srv, "alice")
		const from = "From: Shop <shop@example.com>\r\n"
		add(t, srv, "INBOX", from+mailOf("old"))
		send := func() error {
			go func() {
				time.Sleep(time.Minute)
				add(t, srv, "INBOX", "From: bob@example.com\r\n"+mailOf("other"))
				time.Sleep(time.Hour)
				add(t, srv, "INBOX", from+mailOf("link"))
			}()
			return nil
		}
		if uid, err := waitFrom(t.Context(), s, "shop@example.com", send); uid != 3 || err != nil {
			t.Errorf("got UID %d, %v; want 3", uid, err)
		}
		at := func() error { add(t, srv, "INBOX", from+mailOf("at once")); return nil }
		if uid, err := waitFrom(t.Context(), s, "shop@example.com", at); uid != 4 || err != nil {
			t.Errorf("sent at once: got UID %d, %v; want 4", uid, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if uid, err := waitFrom(ctx, s, "shop@example.com", func() error { return nil }); uid != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing sent: got UID %d, %v; want DeadlineExceeded", uid, err)
		}
		s.Close()
	})
}
