package resync_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

func TestStateText(t *testing.T) {
	s := resync.State{UIDValidity: 7, MailboxID: "a \"b\"\n", UIDNext: 1<<32 - 1, ModSeq: 1<<63 - 1, UIDs: uids(1, 2, 9)}
	s.SetFlags(2, parser.FlagSeen, "$Label")
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	const want = "resync 1\nuidvalidity 7\nuidnext 4294967295\nmodseq 9223372036854775807\nmailboxid \"a \\\"b\\\"\\n\"\nuids 1:2,9\nflag $Label 2\nflag \\Seen 2\nend\n"
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	for n := range len(text) {
		var back resync.State
		if err := back.UnmarshalText(text[:n]); !errors.Is(err, resync.ErrState) {
			t.Errorf("%q: want ErrState, got %v", text[:n], err)
		}
	}
	js, err := json.Marshal(map[string]resync.State{"INBOX": s})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]resync.State
	if err := json.Unmarshal(js, &back); err != nil {
		t.Fatal(err)
	}
	again, err := back["INBOX"].MarshalText()
	if err != nil || string(again) != want {
		t.Errorf("after JSON: got %s, %v, want %s", again, err, want)
	}
	for _, bad := range []string{"", "resync 2" + want[8:], "resync 1\nuidnext 1\nmodseq 1\nend\n", want[:len(want)-4] + "uids 1\nend\n", want[:len(want)-4] + "flag \\Seen 1:*\nend\n", want[:len(want)-4] + "flag a(b 1\nend\n", want[:len(want)-4] + "x 1\nend\n", want[:len(want)-4] + "flag $X $\nend\n"} {
		var s resync.State
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	s.UIDs = numset.All(numset.UID)
	if text, err := s.MarshalText(); err == nil {
		t.Errorf("a State that is not valid is written as %s", text)
	}
}

func FuzzState(f *testing.F) {
	f.Add("resync 1\nuidvalidity 7\nuidnext 9\nmodseq 12\nmailboxid \"x\"\nuids 1:2,9\nflag $Label 2\nflag \\Seen 2\nend\n")
	f.Fuzz(func(t *testing.T, in string) {
		var s resync.State
		if s.UnmarshalText([]byte(in)) != nil {
			return
		}
		text, err := s.MarshalText()
		if err != nil {
			t.Fatalf("%q can be read, but the result cannot be written: %v", in, err)
		}
		var back resync.State
		if err := back.UnmarshalText(text); err != nil {
			t.Fatalf("%q was written, but cannot be read: %v", text, err)
		}
		if again, _ := back.MarshalText(); string(again) != string(text) {
			t.Errorf("%q is written as %q, and after another reading as %q", in, text, again)
		}
	})
}
