package commands_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestRepeatedNumbers checks that a message counts once in the result of a Search, however often the server sends its
// number.
func TestRepeatedNumbers(t *testing.T) {
	for name, answer := range map[string]string{
		"in one SEARCH":  "S: * SEARCH 4 9 9 4\n",
		"in two":         "S: * SEARCH 4 9\nS: * SEARCH 9 4\n",
		"in ESEARCH":     "S: * ESEARCH (TAG \"A2\") UID ALL 4,9,4:4\n",
		"in two ESEARCH": "S: * ESEARCH (TAG \"A2\") UID ALL 4,9\nS: * ESEARCH (TAG \"A2\") UID ALL 4,9\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := sessiontest.PlaySelected(t, "", "C: A2 UID SEARCH ALL\n"+answer+"S: A2 OK done\n")
			r, err := commands.Search(s, numset.UID, search.All).Wait(t.Context())
			if err != nil || r.Count != 2 || r.Found.String() != "4,9" || r.Min != 4 || r.Max != 9 {
				t.Errorf("got %+v, %v; want the two messages 4 and 9", r, err)
			}
		})
	}
}

// TestSearchesTogether starts two calls of Search and two of Sort before the server answers any. The second of each is
// sent with RETURN, so that its answer is an ESEARCH with its tag. The fields of both results are set as if each
// command had been sent alone.
func TestSearchesTogether(t *testing.T) {
	s := sessiontest.PlaySelected(t, " ESEARCH SORT ESORT", `
		C: A2 UID SEARCH ALL
		C: A3 UID SEARCH RETURN (ALL COUNT) SEEN
		C: A4 UID SORT (DATE) UTF-8 ALL
		C: A5 UID SORT RETURN (ALL COUNT) (DATE) UTF-8 ALL
		S: * ESEARCH (TAG "A5") UID COUNT 4 ALL 9,3,5:4
		S: * SORT 7 9 8
		S: * ESEARCH (TAG "A3") UID COUNT 2 ALL 6:7
		S: * SEARCH 3 5
		S: A5 OK done
		S: A4 OK done
		S: A3 OK done
		S: A2 OK done
	`)
	by := []search.SortKey{search.ByDate}
	all, seen := commands.Search(s, numset.UID, search.All), commands.Search(s, numset.UID, search.Seen)
	first, second := commands.Sort(s, numset.UID, by, search.All), commands.Sort(s, numset.UID, by, search.All)
	for name, c := range map[string]struct {
		call *session.Call[commands.SearchResult]
		want string
	}{"the first": {all, "3,5 2 3 5"}, "the second": {seen, "6:7 2 6 7"}} {
		r, err := c.call.Wait(t.Context())
		if got := fmt.Sprint(r.Found, r.Count, r.Min, r.Max); got != c.want || err != nil {
			t.Errorf("Search, %s: got %s, %v; want %s", name, got, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		call *session.Call[commands.SortResult]
		want string
	}{"the first": {first, "[7 9 8] 3 7 8"}, "the second": {second, "[9 3 4 5] 4 9 5"}} {
		r, err := c.call.Wait(t.Context())
		if got := fmt.Sprint(slices.Collect(r.All()), r.Count, r.Min, r.Max); got != c.want || err != nil {
			t.Errorf("Sort, %s: got %s, %v; want %s", name, got, err, c.want)
		}
	}
}

// TestCountWithoutAnswer checks that a search that asks for COUNT fails if there is no answer, because a server must
// send one even if no messages are found (RFC 4731 §3.1).
func TestCountWithoutAnswer(t *testing.T) {
	s := sessiontest.PlaySelected(t, " ESEARCH SORT ESORT", `
		C: A2 UID SEARCH RETURN (COUNT) ALL
		S: A2 OK done
		C: A3 UID SORT RETURN (ALL COUNT) (DATE) UTF-8 ALL
		S: A3 OK done
		C: A4 UID SEARCH RETURN (ALL) ALL
		S: A4 OK done
		C: A5 UID SEARCH RETURN (COUNT) ALL
		S: * SEARCH
		S: A5 OK done
	`)
	if _, err := commands.Search(s, numset.UID, search.All, search.ReturnCount).Wait(t.Context()); !errors.Is(err, commands.ErrNoAnswer) {
		t.Errorf("SEARCH for COUNT: got error %v, want ErrNoAnswer", err)
	}
	if _, err := commands.Sort(s, numset.UID, []search.SortKey{search.ByDate}, search.All, search.ReturnAll, search.ReturnCount).Wait(t.Context()); !errors.Is(err, commands.ErrNoAnswer) {
		t.Errorf("SORT for COUNT: got error %v, want ErrNoAnswer", err)
	}
	if _, err := commands.Search(s, numset.UID, search.All, search.ReturnAll).Wait(t.Context()); err != nil {
		t.Errorf("SEARCH for ALL: got error %v, want none", err)
	}
	if r, err := commands.Search(s, numset.UID, search.All, search.ReturnCount).Wait(t.Context()); err != nil || r.Count != 0 {
		t.Errorf("SEARCH in place of ESEARCH: got %+v, %v; want Count 0 and no error", r, err)
	}
}

// TestUntaggedCopyUIDs checks that each COPYUID in an untagged OK goes to the COPY or MOVE of the messages that it
// names.
func TestUntaggedCopyUIDs(t *testing.T) {
	s := sessiontest.PlaySelected(t, " MOVE", `
		C: A2 UID COPY 1:3 x
		C: A3 UID COPY 5 y
		C: A4 UID MOVE 6:7 z
		S: * OK [COPYUID 1 6:7 1:2] done
		S: * OK [COPYUID 1 5 9] done
		S: * OK [COPYUID 1 1:3 10:12] done
		S: A4 OK done
		S: A3 OK done
		S: A2 OK done
	`)
	first, second := commands.Copy(s, numset.Span(numset.UID, 1, 3), "x"), commands.Copy(s, numset.Of(numset.UID, 5), "y")
	third := commands.Move(s, numset.Span(numset.UID, 6, 7), "z")
	if c, err := first.Wait(t.Context()); err != nil || fmt.Sprint(c.From, c.To) != "[{1 3}] [{10 12}]" {
		t.Errorf("the first COPY: got %+v, %v; want 1:3 copied to 10:12", c, err)
	}
	if c, err := second.Wait(t.Context()); err != nil || fmt.Sprint(c.From, c.To) != "[{5 5}] [{9 9}]" {
		t.Errorf("the second COPY: got %+v, %v; want 5 copied to 9", c, err)
	}
	if c, err := third.Wait(t.Context()); err != nil || fmt.Sprint(c.From, c.To) != "[{6 7}] [{1 2}]" {
		t.Errorf("the MOVE: got %+v, %v; want 6:7 moved to 1:2", c, err)
	}
}

// TestScoresOfOtherMessages checks that Search drops the scores of RELEVANCY if it is not certain which message each of
// them belongs to.
func TestScoresOfOtherMessages(t *testing.T) {
	for answer, want := range map[string]string{
		"ALL 1,5,10 RELEVANCY (4 99 42)":                                 "[4 99 42]",
		"RELEVANCY (4 99 42) ALL 1,5,10":                                 "[4 99 42]",
		"ALL 1,5,10 RELEVANCY (4 99)":                                    "[]",
		"ALL 1,5 RELEVANCY (4 99 42)":                                    "[]",
		"ALL 1,10,5 RELEVANCY (4 99 42)":                                 "[]",
		"ALL 3:1 RELEVANCY (4 99 42)":                                    "[]",
		"ALL 1,5\nS: * ESEARCH (TAG \"A2\") UID ALL 7 RELEVANCY (4)":     "[4]",
		"RELEVANCY (4)\nS: * ESEARCH (TAG \"A2\") UID ALL 7 COUNT 1":     "[]",
		"ALL 5,7 RELEVANCY (4 5)\nS: * ESEARCH (TAG \"A2\") UID ALL 3,4": "[]",
	} {
		s := sessiontest.PlaySelected(t, " ESEARCH SEARCH=FUZZY", "C: A2 UID SEARCH RETURN (RELEVANCY ALL) FUZZY SUBJECT x\nS: * ESEARCH (TAG \"A2\") UID "+answer+"\nS: A2 OK done\n")
		r, err := commands.Search(s, numset.UID, search.Fuzzy(search.Subject("x")), search.ReturnRelevancy, search.ReturnAll).Wait(t.Context())
		if err != nil || fmt.Sprint(r.Relevancy) != want {
			t.Errorf("%s: got %v of %v, %v; want %s", answer, r.Relevancy, r.Found, err, want)
		}
	}
}

// TestVanishedEarlier checks that UIDExpunge does not yield the messages of a VANISHED (EARLIER), which answers a FETCH
// that is in flight (RFC 7162 §3.2.6).
func TestVanishedEarlier(t *testing.T) {
	s := sessiontest.PlaySelected(t, " UIDPLUS CONDSTORE QRESYNC", `
		C: A2 UID FETCH 1:9 (FLAGS) (CHANGEDSINCE 5 VANISHED)
		C: A3 UID EXPUNGE 7
		S: * VANISHED (EARLIER) 1:3
		S: A2 OK done
		S: * VANISHED 7
		S: A3 OK done
	`)
	changes := commands.Fetch(s, numset.Span(numset.UID, 1, 9), fetch.Flags, fetch.ChangedSince(5), fetch.Vanished())
	var gone []string
	for x, err := range commands.UIDExpunge(s, numset.Of(numset.UID, 7)).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		gone = append(gone, x.UIDs.String())
	}
	if fmt.Sprint(gone) != "[7]" {
		t.Errorf("UIDExpunge: got %v, want only 7", gone)
	}
	if err := changes.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
