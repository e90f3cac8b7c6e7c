package parser

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestRelayRun relays what a server sends. All of it must arrive. RelayRun must stop before the responses that
// its function selects, and before every response that is not untagged data.
func TestRelayRun(t *testing.T) {
	in := crlf("* OK ready {5}\n* 1 EXISTS\n* 2 FETCH (BODY[] {8}\n* OK x\n UID 5)\n* list () NIL a\n* LIST () NIL b\n* SEARCH" + strings.Repeat(" 123456", 2000) +
		"\n* STATUS x (MESSAGES 1)\n+ go on\n* 1 EXPUNGE\n* 3 fetch (FLAGS ())\nA1 OK done {7}\n* 5\n* BYE bye\nstray\n\n* 12FETCH\n* X[5] y\n")
	for _, rd := range []func() io.Reader{
		func() io.Reader { return strings.NewReader(in) },
		func() io.Reader { return &hiccup{b: []byte(in)} },
	} {
		var out strings.Builder
		var seen []string
		r := NewReader(wire.NewReader(rd(), wire.Limits{Message: 100}))
		r.SetRules(wire.AllRules.Without(RuleBlankLine))
		for {
			_, stopped, err := r.RelayRun(&out, func(name []byte) bool { return wire.EqualFold(name, "LIST") || string(name) == "EXPUNGE" })
			var resp *Response
			if err == nil && !stopped {
				continue
			}
			for err == nil {
				if resp, err = r.Next(); err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
					break
				}
				err = nil
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, resp.Kind.String()+" "+resp.Name)
			if _, err := r.Relay(&out); err != nil {
				t.Fatal(err)
			}
		}
		if out.String() != in {
			t.Errorf("relayed %q\nwant    %q", out.String(), in)
		}
		want := "untagged OK,untagged LIST,untagged LIST,continuation ,untagged EXPUNGE,tagged OK,untagged ,untagged BYE,stray ,stray ,untagged ,untagged X"
		if got := strings.Join(seen, ","); got != want {
			t.Errorf("RelayRun stopped before %s\nwant %s", got, want)
		}
	}
}
