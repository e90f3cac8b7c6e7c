package interop

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestOwnProcess runs the part of the suite that needs one session. The test server is a program at the other end of a
// pipe, and its user is logged in from the start.
func TestOwnProcess(t *testing.T) {
	program := filepath.Join(t.TempDir(), "imaptestd")
	if out, err := exec.Command("go", "build", "-o", program, "../imaptestd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	target, err := transport.Parse("imap+process:'" + program + "' -stdio bob -user bob:secret")
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Dial(timeout(t), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.State() != session.Authenticated {
		t.Errorf("state %v", s.State())
	}
	one := &trial{T: t, ctx: timeout(t), s: s, p: peer.Env{User: "bob", Password: "secret"}, box: "Tést process"}
	one.mailboxes()
	one.append()
	one.fetch()
	one.store()
	one.search()
	one.copyAndMove()
	one.expunge()
	one.cancel()
	must(one, commands.Logout(s))
}
