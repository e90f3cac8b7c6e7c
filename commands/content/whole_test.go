package content_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestWhole reads a small and a large message, to the end or in part, and asks for a missing one. The session stays
// open, and no message gets \Seen.
func TestWhole(t *testing.T) {
	srv, s := sessiontest.Memory(t, t.Context())
	box := srv.Mailbox("alice", "INBOX")
	small, big := "Subject: small\r\n\r\nx\r\n", "Subject: big\r\n\r\n"+strings.Repeat("0123456789", 1<<16)
	box.Append([]byte(small))
	box.Append([]byte(big))
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[uint32]string{1: small, 2: big} {
		var b strings.Builder
		err := content.ReadWhole(t.Context(), s, uid, func(r io.Reader) error {
			_, err := io.Copy(&b, r)
			return err
		})
		if b.String() != want || err != nil {
			t.Errorf("ReadWhole of UID %d: got %d octets, %v", uid, b.Len(), err)
		}
		enough := errors.New("enough")
		if err := content.ReadWhole(t.Context(), s, uid, func(io.Reader) error { return enough }); err != enough {
			t.Errorf("ReadWhole of UID %d: got error %v, want that of the function", uid, err)
		}
		m, err := content.Load(t.Context(), s, uid)
		if err != nil || m.UID != uid || m.Size != uint64(len(want)) || slices.Contains(m.Flags, parser.FlagSeen) || len(m.Parts.Plain) != 1 {
			t.Errorf("Load of UID %d: got %+v, %v", uid, m, err)
		}
	}
	called := false
	if err := content.ReadWhole(t.Context(), s, 3, func(io.Reader) error { called = true; return nil }); !errors.Is(err, content.ErrNoMessage) || called {
		t.Errorf("a message that does not exist: got error %v", err)
	}
	if err := content.ReadWhole(t.Context(), s, 0, func(io.Reader) error { called = true; return nil }); !errors.Is(err, content.ErrNoMessage) || called {
		t.Errorf("ReadWhole of UID 0: %v, called %v; want ErrNoMessage", err, called)
	}
	if m, err := content.Load(t.Context(), s, 3); !errors.Is(err, content.ErrNoMessage) || m != nil {
		t.Errorf("a message that does not exist: got error %v", err)
	}
	if _, err := content.Load(t.Context(), s, 0); err == nil {
		t.Error("Load of UID 0 succeeded")
	}
	srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "FETCH", Times: 2})
	if _, err := content.Load(t.Context(), s, 1); !errors.Is(err, parser.CodeInUse) {
		t.Errorf("FETCH is refused with INUSE: got error %v", err)
	}
	if err := content.ReadWhole(t.Context(), s, 1, func(io.Reader) error { return nil }); !errors.Is(err, parser.CodeInUse) {
		t.Errorf("FETCH is refused with INUSE: got error %v", err)
	}
}

// TestMessagesOfNothing checks that Messages sends nothing if the set is empty, such as the result of a search that has
// found nothing.
func TestMessagesOfNothing(t *testing.T) {
	srv := imaptest.NewServer(t)
	s := sessiontest.Alice(t, t.Context(), srv)
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.Forget()
	for _, kind := range []numset.Kind{numset.UID, numset.Seq} {
		for m, err := range content.Messages(t.Context(), s, numset.Of(kind)) {
			t.Errorf("%v: got %v, %v; want nothing", kind, m, err)
		}
	}
	srv.Received().ExpectCommands(t)
	failed := false
	for _, err := range content.Messages(t.Context(), s, numset.Set{}) {
		failed = err != nil
	}
	if !failed {
		t.Error("a set without a kind: got no error")
	}
}
