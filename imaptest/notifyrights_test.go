package imaptest

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
)

func TestNotifyOfRightsAndAnnotations(t *testing.T) {
	srv, err := New(WithUser("alice", "secret"), WithUser("bob", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	bob, alice := srv.store.User("bob"), srv.store.User("alice")
	if _, err := bob.Create("box"); err != nil {
		t.Fatal(err)
	}
	_, other, _ := srv.store.Namespaces()
	name := other[0].Prefix + "bob/box"
	c := srv.Pipe()
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(2 * time.Minute))
	in := bufio.NewReader(c)
	hear := func(want string) {
		t.Helper()
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatalf("want %q: %v", want, err)
			}
			if strings.HasPrefix(line, want) {
				return
			}
			if strings.HasPrefix(line, "* LIST") || strings.HasPrefix(line, "* STATUS") || strings.HasPrefix(line, "* METADATA") {
				t.Fatalf("want %q, got %q", want, line)
			}
		}
	}
	set := func(rights string) {
		t.Helper()
		r, err := store.ParseRights(rights)
		if err == nil {
			err = bob.SetACL("box", "alice", store.ReplaceRights, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(c, "A LOGIN alice secret\r\nB NOTIFY SET (mailboxes %q (MailboxName MessageNew MessageExpunge)) (personal (MailboxMetadataChange ServerMetadataChange))\r\n", name)
	hear("B OK")
	set("lr")
	hear(fmt.Sprintf("* LIST (\\HasNoChildren) \"/\" %q", name))
	set("l")
	hear(fmt.Sprintf("* LIST (\\Noselect \\HasNoChildren \\NoAccess) \"/\" %q", name))
	set("lr")
	hear(fmt.Sprintf("* LIST (\\HasNoChildren) \"/\" %q", name))
	set("")
	hear(fmt.Sprintf("* LIST (\\NonExistent \\HasNoChildren) \"/\" %q", name))
	if err := alice.SetMetadata("INBOX", store.Annotation{Entry: "/shared/comment", Value: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	hear("* METADATA INBOX /shared/comment")
	fmt.Fprint(c, "Z NOOP\r\n")
	hear("Z OK")
}
