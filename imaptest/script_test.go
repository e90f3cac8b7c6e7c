package imaptest_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

func TestScriptText(t *testing.T) {
	for in, want := range map[string]string{
		"S: * OK ready\n\tC:A1 NOOP\n# nothing\n\nS= \"x\\r\\n\"\n": "S: * OK ready\nC: A1 NOOP\nS: x\n",
		"C: … x\n":                      "C: … x\n",
		"C= \"…\\r\\n\"":                "C= \"…\\r\\n\"\n",
		"S: …\n":                        "S: …\n",
		"C:  two\nS:\n  TLS  \nC: \x01": "C:  two\nS: \nTLS\nC= \"\\x01\\r\\n\"\n",
	} {
		s, err := imaptest.ParseScript(in)
		if err != nil {
			t.Errorf("%q is not accepted as a script: %v", in, err)
		} else if got := s.String(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for _, in := range []string{"S", "S-", "X: y", "C= nothing", "TLSX", "S= \"x"} {
		if _, err := imaptest.ParseScript(in); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
	s, _ := imaptest.ParseScript("TLS\n")
	_, server := imaptest.Pipe(0)
	if err := s.Play(server, imaptest.ServerSide, imaptest.Delivery{}); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("TLS without a configuration: the error is %v", err)
	}
}

// FuzzPlay reads a script from any text, and plays both sides of it to each other through a small pipe.
func FuzzPlay(f *testing.F) {
	f.Add("S: * OK\nC: A1 NOOP\nS: A1 OK\nS= \"\\x00\"\nC= \"…\"", uint8(3))
	f.Add("C: a\nC: b\nS: c", uint8(0))
	f.Fuzz(func(t *testing.T, text string, chunk uint8) {
		s, err := imaptest.ParseScript(text)
		if err != nil {
			return
		}
		again, err := imaptest.ParseScript(s.String())
		if err != nil || again.String() != s.String() || again.Size(imaptest.ServerSide) != s.Size(imaptest.ServerSide) || again.Size(imaptest.ClientSide) != s.Size(imaptest.ClientSide) {
			t.Fatalf("%q becomes %q, %v", s, again, err)
		}
		for line := range strings.Lines(s.String()) {
			// Skip scripts with an ellipsis, which cannot be played, and scripts with TLS, because neither side has a
			// certificate.
			if strings.HasPrefix(line, "TLS") || strings.HasPrefix(line, "C:") && strings.Contains(line, "…") {
				return
			}
		}
		client, server := imaptest.Pipe(16)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := s.Play(client, imaptest.ClientSide, imaptest.Delivery{Chunk: int(chunk)}); err != nil {
				t.Errorf("the client: %v", err)
				client.Close()
			}
		})
		if err := again.Play(server, imaptest.ServerSide, imaptest.Delivery{Chunk: int(chunk) / 2}); err != nil {
			t.Errorf("the server: %v", err)
			server.Close()
		}
		wg.Wait()
	})
}
