package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestObjectIDs(t *testing.T) {
	all := ObjectIDs{Account: "u1", Mailbox: "F2", Email: "M3", Thread: "T4"}
	for in, want := range map[string]ObjectIDs{
		"(MAILBOXID F2 ACCOUNTID u1 EMAILID M3 THREADID T4)":         all,
		"(threadid T4 emailid M3 X-NEW 5 accountid u1 mailboxid F2)": all,
		"(EMAILID M3 THREADID NIL)":                                  {Email: "M3"},
		`(MAILBOXID "F2")`:                                           {Mailbox: "F2"},
		"()":                                                         {},
	} {
		d := wire.NewDecoder([]byte(in))
		if got := DecodeObjectIDs(d); got != want || d.Err() != nil {
			t.Errorf("%s: got %+v, error %v; want %+v", in, got, d.Err(), want)
		}
		got, ok := Code{Name: CodeObjectID, Args: []byte(in)}.ObjectIDs()
		if !ok || got != want {
			t.Errorf("the code with %s: %+v, %v", in, got, ok)
		}
	}
	e := wire.NewEncoder(wire.Mode{})
	all.Encode(e)
	if got := string(e.Bytes()); got != "(MAILBOXID F2 ACCOUNTID u1 EMAILID M3 THREADID T4)" {
		t.Errorf("Encode writes %s", got)
	}
	if _, ok := (Code{Name: CodeMailboxID, Args: []byte("(F2)")}).ObjectIDs(); ok {
		t.Error("MAILBOXID is read as OBJECTID")
	}
	for _, in := range []string{"(MAILBOXID)", "MAILBOXID F2", "(MAILBOXID F2", ""} {
		if ids, ok := (Code{Name: CodeObjectID, Args: []byte(in)}).ObjectIDs(); ok {
			t.Errorf("the arguments %q are read as %+v, want ok false", in, ids)
		}
	}
}
