package commands_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// respond parses a line as a response.
func respond(t testing.TB, line string) *parser.Response {
	t.Helper()
	r, err := parser.NewReader(wire.NewReader(bytes.NewReader([]byte(line+"\r\n")), wire.Limits{})).Next()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResults(t *testing.T) {
	for _, x := range []struct {
		name, begin string
		lines       []string
		want        string
	}{
		{"RFC 5267 §4.3.3, at the beginning, one by one", "2734:2735", []string{"ADDTO (1 2733 1 2732 1 2731)"}, "[2731 2732 2733 2734 2735]"},
		{"the same in two steps", "2734:2735", []string{"ADDTO (1 2733) ADDTO (1 2731:2732)"}, "[2731 2732 2733 2734 2735]"},
		{"the same in one step", "2734:2735", []string{"ADDTO (1 2731:2733)"}, "[2731 2732 2733 2734 2735]"},
		{"in the middle", "1:3", []string{"ADDTO (2 9,8)"}, "[1 9 8 2 3]"},
		{"after the end", "1:3", []string{"ADDTO (99 9)"}, "[1 2 3 9]"},
		{"without an order", "1,5", []string{"ADDTO (0 3,7)", "ADDTO (0 3)"}, "[1 3 5 7]"},
		{"RFC 5267 §4.3.4, at a position", "1:5", []string{"REMOVEFROM (2 2:3)"}, "[1 4 5]"},
		{"one after the other", "1:5", []string{"REMOVEFROM (2 2 2 3)"}, "[1 4 5]"},
		{"wherever they are", "1:5", []string{"REMOVEFROM (0 5,1)"}, "[2 3 4]"},
		{"results that are not there", "1:5", []string{"REMOVEFROM (9 9)", "REMOVEFROM (0 9)", "REMOVEFROM (1 5)"}, "[1 2 3 4 5]"},
		{"moved", "1:3", []string{"REMOVEFROM (1 1) ADDTO (3 1)"}, "[2 3 1]"},
		{"moved the other way", "1:3", []string{"ADDTO (4 1) REMOVEFROM (1 1)"}, "[2 3 1]"},
		{"with and without positions", "1:3", []string{"ADDTO (1 9 0 7,5 0 2 1 8)"}, "[8 1 2 3 5 7 9]"},
		{"many, out of order", "1:9", []string{"REMOVEFROM (0 9 0 2:3,1 3 6 0 4)", "ADDTO (0 9,4 0 1:2 0 10)"}, "[1 2 4 5 7 8 9 10]"},
		{"beside unknown data", "1", []string{"X-OTHER (a b) ADDTO (0 2) COUNT 5"}, "[1 2]"},
	} {
		set, err := numset.ParseString(numset.UID, x.begin)
		if err != nil {
			t.Fatal(err)
		}
		live, err := commands.NewLiveResults(numset.UID, "A7", set.Numbers())
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range x.lines {
			if ok, err := live.Update(respond(t, `* ESEARCH (TAG "A7") UID `+line)); !ok || err != nil {
				t.Errorf("%s: %s: %v, %v", x.name, line, ok, err)
			}
		}
		if got := fmt.Sprint(live.UIDs()); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
	live, _ := commands.NewLiveResults(numset.UID, "A7", slices.Values([]uint32{1}))
	for _, line := range []string{`* ESEARCH (TAG "A8") UID ADDTO (0 2)`, "* ESEARCH UID ADDTO (0 2)", "* SEARCH 1 2", `* ESEARCH (TAG "A7") UID COUNT 5`} {
		if ok, err := live.Update(respond(t, line)); ok || err != nil {
			t.Errorf("%s: %v, %v", line, ok, err)
		}
	}
	for _, line := range []string{"ADDTO (0 1:4294967295)", "ADDTO (0 x)", "ADDTO (0", "REMOVEFROM 0 1", "ADDTO (0 5:*)", "REMOVEFROM (0 5:*)", "REMOVEFROM (2 *)"} {
		if _, err := live.Update(respond(t, `* ESEARCH (TAG "A7") UID `+line)); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
	// The numbers 1:3 are sequence numbers, because the server has left out UID (RFC 4731 §3.1).
	if _, err := live.Update(respond(t, `* ESEARCH (TAG "A7") ADDTO (0 1:3)`)); !errors.Is(err, commands.ErrNotUIDs) {
		t.Errorf("an update without UID: got error %v, want ErrNotUIDs", err)
	}
	if _, err := commands.NewLiveResults(numset.Seq, "A7", slices.Values([]uint32{1})); !errors.Is(err, commands.ErrNotUIDs) {
		t.Error(err)
	}
}

// TestResultsOfAHostileServer checks that Update returns a wire.LimitError if a few octets of a response move
// millions of results again and again.
func TestResultsOfAHostileServer(t *testing.T) {
	for _, pairs := range []string{"ADDTO (1 5) REMOVEFROM (1 5)", "ADDTO (0 5) REMOVEFROM (0 5)", "ADDTO (1 9 0 5) REMOVEFROM (0 9)"} {
		live, err := commands.NewLiveResults(numset.UID, "A7", numset.Span(numset.UID, 1, 4_000_000).Numbers())
		if err != nil {
			t.Fatal(err)
		}
		_, err = live.Update(respond(t, `* ESEARCH (TAG "A7") UID`+strings.Repeat(" "+pairs, 1<<16)))
		var limit *wire.LimitError
		if !errors.As(err, &limit) || limit.What != "changes" {
			t.Errorf("%s: %v", pairs, err)
		}
	}
}

func FuzzResults(f *testing.F) {
	for _, s := range []string{"UID ADDTO (1 2733 1 2732)", "UID REMOVEFROM (0 1:5) ADDTO (9 9,7)", "ADDTO (0 1:4294967295)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n{") {
			return
		}
		live, err := commands.NewLiveResults(numset.UID, "A7", numset.Span(numset.UID, 1, 9).Numbers())
		if err != nil {
			t.Fatal(err)
		}
		r, err := parser.NewReader(wire.NewReader(strings.NewReader("* ESEARCH (TAG A7) "+line+"\r\n"), wire.Limits{})).Next()
		if err != nil {
			return
		}
		if ok, _ := live.Update(r); !ok && fmt.Sprint(live.UIDs()) != "[1 2 3 4 5 6 7 8 9]" {
			t.Errorf("%q changes the results, although Update returned false: %v", line, live.UIDs())
		}
	})
}
