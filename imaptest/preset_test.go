package imaptest_test

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

func TestPresets(t *testing.T) {
	for _, name := range imaptest.Presets() {
		srv := imaptest.NewServer(t, imaptest.Preset(name), imaptest.WithUser("alice", "secret"))
		c := srv.Pipe()
		buf := make([]byte, 4096)
		n, err := c.Read(buf)
		c.Close()
		greeting := string(buf[:n])
		if err != nil || !strings.HasPrefix(greeting, "* OK [CAPABILITY IMAP4rev") {
			t.Errorf("%s: greeting %q, error %v", name, greeting, err)
		}
		if rev2 := strings.Contains(greeting, "IMAP4rev2"); rev2 != (name == "rev2") || strings.Contains(greeting, "IMAP4rev1") == rev2 {
			t.Errorf("%s: the greeting offers the wrong revision of IMAP: %q", name, greeting)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown preset is accepted")
		}
	}()
	imaptest.Preset("none")
}
