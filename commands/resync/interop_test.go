package resync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// realServer is a server of another project, such as Dovecot.
type realServer struct {
	peer.Env
	best resync.Way // the best method that it supports
}

// login opens a session over a link with faults.
func (r realServer) login(t *testing.T, ctx context.Context, handler session.Handler, faults ...imaptest.NetFault) (*session.Session, error) {
	var c net.Conn
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) > 0 {
		c = imaptest.NewLink(c, imaptest.ClientSide, 1, faults...)
	}
	s, err := session.Open(ctx, c, &session.Config{Handler: handler})
	if err != nil {
		return nil, err
	}
	_, err = commands.Login(s, r.User, auth.NewSecret(r.Password), commands.AllowPlaintext()).Wait(ctx)
	return s, err
}

// other is another client that changes the mailbox.
type other struct {
	s   *session.Session
	box string
	rnd *rand.Rand
}

// all reads the mailbox without using package resync. It returns the text of replica.String, and the UIDs in order.
func (o *other) all(t *testing.T, ctx context.Context) (string, []uint32) {
	t.Helper()
	r, uids := newReplica(), []uint32{}
	if _, err := commands.Select(o.s, o.box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for m, err := range commands.Fetch(o.s, numset.All(numset.Seq), fetch.UID, fetch.Flags).All(ctx) {
		if err != nil && o.s.Mailbox().Exists == 0 {
			break // Courier says NO if the mailbox is empty
		}
		if err != nil {
			t.Fatal(err)
		}
		flags := slices.DeleteFunc(slices.Clone(m.Flags), func(f parser.Flag) bool { return f == parser.FlagRecent })
		slices.Sort(flags)
		r.messages[m.UID] = fmt.Sprint(flags)
		uids = append(uids, m.UID)
	}
	return r.String(), uids
}

// change makes n random changes.
func (o *other) change(t *testing.T, ctx context.Context, n int) {
	t.Helper()
	for range n {
		_, uids := o.all(t, ctx)
		var err error
		flags := []parser.Flag{parser.FlagSeen, parser.FlagFlagged, "LabelA", "Other"}
		flag := flags[o.rnd.IntN(4)]
		if len(uids) < 3 || o.rnd.IntN(3) == 0 {
			text := fmt.Sprintf("Subject: %d\r\n\r\ntext\r\n", o.rnd.Uint64())
			if _, err := commands.Append(o.s, o.box, strings.NewReader(text), int64(len(text)), commands.WithFlags(flag)).Wait(ctx); err != nil {
				t.Fatal(err)
			}
			continue
		}
		one := numset.Of(numset.UID, uids[o.rnd.IntN(len(uids))])
		switch o.rnd.IntN(3) {
		case 0:
			if err = commands.Store(o.s, one, commands.AddFlags, parser.FlagDeleted).Wait(ctx); err == nil {
				err = commands.Expunge(o.s).Wait(ctx)
			}
		case 1:
			err = commands.Store(o.s, one, commands.RemoveFlags, flag).Wait(ctx)
		default:
			err = commands.Store(o.s, one, commands.AddFlags, flag).Wait(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// testReal keeps a copy of a mailbox while another connection changes it, with each method that the server supports.
// It also cuts connections.
func testReal(t *testing.T, srv realServer) {
	for how := resync.ByComparing; how <= srv.best; how++ {
		t.Run(how.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			o := &other{box: "INBOX.resync-" + how.String(), rnd: rand.New(rand.NewPCG(8, uint64(how)))}
			var err error
			if o.s, err = srv.login(t, ctx, session.Handler{}); err != nil {
				t.Fatal(err)
			}
			defer o.s.Close()
			create := func() {
				t.Helper()
				if _, err := commands.Create(o.s, o.box).Wait(ctx); err != nil {
					t.Fatal(err)
				}
			}
			commands.Delete(o.s, o.box).Wait(ctx) // left by a run that was interrupted
			create()
			defer func() {
				// Courier does not delete an open mailbox.
				commands.Examine(o.s, "INBOX").Wait(ctx)
				commands.Delete(o.s, o.box).Wait(ctx)
			}()
			o.change(t, ctx, 12)
			r := newReplica()
			r.box = o.box
			opts := &resync.Options{Best: how, Batch: 4, Window: 7}
			numbers := new(resync.Numbers)
			s, err := srv.login(t, ctx, numbers.Handler(session.Handler{}))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			check := func(what string) {
				t.Helper()
				p, err := r.pass(ctx, s, opts)
				if err != nil {
					t.Fatal(what, ": ", err)
				}
				want, uids := o.all(t, ctx)
				if r.String() != want {
					t.Fatalf("%s, by %v: the copy has\n%s, the server has\n%s", what, p.Way(), r, want)
				}
				if r.arrived > 0 && len(uids) > 0 && what == "round" && p.Way() != how {
					t.Errorf("%s: the pass used the method %v", what, p.Way())
				}
				if err := numbers.Fill(ctx, s); err != nil {
					t.Fatal(what, ": ", err)
				}
				if got := slices.Collect(numbers.UIDs().Numbers()); !slices.Equal(got, uids) {
					t.Fatalf("%s: the map has %v, the server has %v", what, got, uids)
				}
			}
			check("first")
			for range 12 {
				o.change(t, ctx, 1+o.rnd.IntN(4))
				check("round")
			}
			t.Logf("%d arrived, %d flags, %d gone, %d resets", r.arrived, r.flags, r.gone, r.resets)
			if r.resets > 0 || r.flags == 0 || r.gone == 0 {
				t.Error("want changed flags, expunged messages and no reset")
			}

			// Expunge the newest message: some servers do not report that it is gone.
			_, uids := o.all(t, ctx)
			newest := numset.Of(numset.UID, uids[len(uids)-1])
			if err := commands.Store(o.s, newest, commands.AddFlags, parser.FlagDeleted).Wait(ctx); err != nil {
				t.Fatal(err)
			}
			if err := commands.Expunge(o.s).Wait(ctx); err != nil {
				t.Fatal(err)
			}
			check("the newest expunged")

			for at := int64(100); at < 3000; at += 170 {
				o.change(t, ctx, 2)
				for _, side := range []imaptest.Side{imaptest.ClientSide, imaptest.ServerSide} {
					cut, err := srv.login(t, ctx, session.Handler{}, imaptest.Cut{From: side, After: at})
					if err == nil {
						_, err = r.pass(ctx, cut, opts)
						cut.Close()
					}
					if err != nil && strings.Contains(err.Error(), "UID ") {
						t.Fatal(err)
					}
				}
				check(fmt.Sprint("cut after ", at))
			}

			// Delete the mailbox, and create another one with the same name.
			if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := commands.Examine(o.s, "INBOX").Wait(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := commands.Delete(o.s, o.box).Wait(ctx); err != nil {
				t.Fatal(err)
			}
			create()
			o.change(t, ctx, 5)
			before := r.state
			check("created again")
			t.Logf("UIDVALIDITY was %d and is %d, MAILBOXID was %q and is %q, UIDNEXT %d and %d: %d resets", before.UIDValidity, r.state.UIDValidity,
				before.MailboxID, r.state.MailboxID, before.UIDNext, r.state.UIDNext, r.resets)
			if r.resets != 1 {
				t.Errorf("%d resets, want 1", r.resets)
			}
		})
	}
}

func TestInteropDovecot(t *testing.T) { testReal(t, realServer{peer.Dovecot(t), resync.ByQResync}) }
func TestInteropCyrus(t *testing.T)   { testReal(t, realServer{peer.Cyrus(t), resync.ByQResync}) }
func TestInteropCourier(t *testing.T) { testReal(t, realServer{peer.Courier(t), resync.ByComparing}) }
