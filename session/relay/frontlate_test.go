package relay_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
)

// TestFrontCannotTell has logins whose success the client does not hear of. SignIn must fail, because the client would
// wait for the answer for ever.
func TestFrontCannotTell(t *testing.T) {
	client, conn := net.Pipe()
	defer client.Close()
	go io.WriteString(client, "A1 LOGIN alice secret\r\n")
	go io.Copy(io.Discard, client)
	f := &relay.Front{Conn: conn, Plain: true, Login: func(context.Context, string, string) (*parser.Capabilities, error) {
		return &parser.Capabilities{Names: []string{"NOT AN ATOM"}}, nil
	}}
	if err := f.SignIn(t.Context()); err != relay.ErrLeft {
		t.Errorf("capabilities that cannot be sent: got %v, want ErrLeft", err)
	}
}

// late is a connection that says when its deadline is set.
type late struct {
	net.Conn
	set chan struct{}
}

func (l *late) SetDeadline(time.Time) error {
	close(l.set)
	return nil
}

// TestFrontLate has a login that ends when Front.Time is over. SignIn must fail, because the connection has a deadline
// that has passed.
func TestFrontLate(t *testing.T) {
	client, conn := net.Pipe()
	defer client.Close()
	go io.WriteString(client, "A1 LOGIN alice secret\r\n")
	go io.Copy(io.Discard, client)
	l := &late{conn, make(chan struct{})}
	f := &relay.Front{Conn: l, Plain: true, Time: time.Millisecond}
	f.Login = func(context.Context, string, string) (*parser.Capabilities, error) {
		<-l.set
		return &parser.Capabilities{Names: []string{"IMAP4REV1"}}, nil
	}
	if err := f.SignIn(t.Context()); err != relay.ErrLeft {
		t.Errorf("got %v, want ErrLeft", err)
	}
}
