package message_test

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/wire"
)

// TestGlobal describes a message/global within other parts. It describes the message itself and a message from its
// cache. For clients of RFC 3501, message/global must have no envelope and no body.
func TestGlobal(t *testing.T) {
	m := message.New([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/global\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n"))
	saved, err := m.AppendCache(nil)
	if err != nil {
		t.Fatal(err)
	}
	cached, err := message.Restore(saved, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*message.Message{"read": m, "cached": cached} {
		for utf8, want := range map[bool]bool{true: true, false: false} {
			e := wire.NewEncoder(wire.Mode{Server: true, UTF8: utf8})
			m.EncodeBodyStructure(e)
			if got := strings.Contains(string(e.Bytes()), `(NIL "in" `); got != want || e.Err() != nil {
				t.Errorf("%s, UTF8 %v: got %s, error %v", name, utf8, e.Bytes(), e.Err())
			}
		}
	}
}
