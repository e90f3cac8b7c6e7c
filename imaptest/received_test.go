package imaptest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

func TestReceived(t *testing.T) {
	for _, secrets := range []bool{false, true} {
		var opts []imaptest.Option
		if secrets {
			opts = append(opts, imaptest.ShowSecrets())
		}
		srv := newServer(t, opts...)
		c := newRaw(t, srv.Pipe())
		c.line()
		c.do("LOGIN \"alice\" {5+}\r\nwrong")
		c.do("LOGIN alice secret")
		c.do("LOGIN alice secret too much")
		c.do("select INBOX")
		c.do("UID FETCH 1:* (FLAGS)")
		c.do("SEARCH SUBJECT {3+}\r\nxyz TEXT {200+}\r\n" + strings.Repeat("x", 200))
		c.do("APPEND INBOX {3+}\r\nabc")
		c.do("FETCH x y")
		c.do("AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==")
		want := []string{
			"LOGIN \"alice\" …", "LOGIN alice …", "LOGIN alice …", "SELECT INBOX", "UID FETCH 1:* (FLAGS)", `SEARCH SUBJECT "xyz" TEXT {200}`, "APPEND INBOX \"abc\"",
			"FETCH x y", "AUTHENTICATE PLAIN …",
		}
		if secrets {
			want[0], want[1], want[2], want[8] = `LOGIN "alice" "wrong"`, "LOGIN alice secret", "LOGIN alice secret too much", "AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA=="
		}
		got := srv.Received()
		if diff := cmp.Diff(want, got.Strings()); diff != "" {
			t.Errorf("received (-want +got):\n%s", diff)
		}
		if r := got[4]; r.Status != parser.OK || r.Tag != "A5" || r.User != "alice" || r.Conn != 1 || r.At.IsZero() {
			t.Errorf("want OK, tag A5, user alice, connection 1 and a time; got %+v", r)
		}
		if got[0].Status != parser.NO || got[7].Status != parser.BAD {
			t.Error(got[0].Status, got[7].Status)
		}
		if n := got.Named("fetch"); len(n) != 2 || len(got.Of(2)) != 0 {
			t.Errorf("want two FETCH commands, all on connection 1; got %v", n)
		}
		if srv.Forget(); len(srv.Received()) != 0 {
			t.Error("after Forget, Received still returns commands")
		}
		c.ok("NOOP")
		if got := srv.Received(); len(got) != 1 || got[0].Status != parser.OK {
			t.Errorf("want one command that was answered OK, got %v", got)
		}
	}
}

func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := login(t, srv, "")
		go func() {
			time.Sleep(10 * time.Second)
			c.do("CREATE Other")
			c.do("SELECT Other")
			time.Sleep(10 * time.Second)
			c.send("A IDLE")
		}()
		begin := time.Now()
		r, err := srv.WaitReceived(ctx, func(r imaptest.Received) bool { return r.Name == "SELECT" && r.Status != 0 })
		if err != nil || r.Args != "Other" || time.Since(begin) != 10*time.Second {
			t.Errorf("WaitReceived returned %v, %v after %v; want Other after 10 s", r, err, time.Since(begin))
		}
		if err := srv.WaitIdleIn(ctx, "alice", "Other"); err != nil || time.Since(begin) != 20*time.Second {
			t.Error(err, time.Since(begin))
		}
		if diff := cmp.Diff([]imaptest.Connection{{Num: 1, User: "alice", Mailbox: "Other", Idle: true}}, srv.Connections()); diff != "" {
			t.Errorf("connections (-want +got):\n%s", diff)
		}
		if err := srv.WaitIdleIn(ctx, "alice", "INBOX"); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Error(err)
		}
		if _, err := srv.WaitReceived(ctx, func(r imaptest.Received) bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
