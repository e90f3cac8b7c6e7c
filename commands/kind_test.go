package commands_test

import (
	"context"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// TestQResyncArguments passes values to QResync that cannot come from a server. Nothing is sent.
func TestQResyncArguments(t *testing.T) {
	known := numset.Of(numset.UID, 1)
	seqs := numset.Of(numset.Seq, 1)
	on(t, ready, "C: A1 NOOP\nS: A1 OK done\n", func(ctx context.Context, s *session.Session) {
		for name, r := range map[string]commands.Resync{
			"zero":                             {},
			"no UIDVALIDITY":                   {ModSeq: 1},
			"no mod-sequence":                  {UIDValidity: 1},
			"a mod-sequence of 64 bits":        {UIDValidity: 1, ModSeq: 1 << 63},
			"all UIDs":                         {UIDValidity: 1, ModSeq: 1, Known: numset.All(numset.UID)},
			"$":                                {UIDValidity: 1, ModSeq: 1, Known: numset.Saved(numset.UID)},
			"all sequence numbers":             {UIDValidity: 1, ModSeq: 1, MatchSeq: numset.All(numset.Seq), MatchUID: known},
			"all UIDs for one sequence number": {UIDValidity: 1, ModSeq: 1, MatchSeq: seqs, MatchUID: numset.All(numset.UID)},
			"sequence numbers only":            {UIDValidity: 1, ModSeq: 1, MatchSeq: seqs},
			"UIDs only":                        {UIDValidity: 1, ModSeq: 1, MatchUID: known},
			"two UIDs for one sequence number": {UIDValidity: 1, ModSeq: 1, MatchSeq: seqs, MatchUID: numset.Of(numset.UID, 4, 5)},
		} {
			var arg *wire.ArgumentError
			if _, err := commands.Select(s, "x", commands.QResync(r)).Wait(ctx); !asError(err, &arg) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestKinds passes a set without a kind, such as the zero Set with numbers added, to each command that takes a set.
// If the numbers were sent as sequence numbers, they could mean other messages. No command sends an octet.
func TestKinds(t *testing.T) {
	var uids numset.Set
	uids.Add(7)
	lost := numset.All(numset.UID).Difference(numset.Of(numset.UID, 7))
	one := commands.Message{Body: strings.NewReader("x"), Size: -1}
	const all = " MOVE REPLACE SORT ESORT THREAD=REFS CONVERT X-GM-EXT-1 ANNOTATE-EXPERIMENT-1 MULTISEARCH"
	on(t, strings.Replace(ready, " MOVE", all, 1), selected+"C: A2 NOOP\nS: A2 OK done\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for kind, set := range map[string]numset.Set{"no kind": uids, "no kind, empty": {}, "not known": lost} {
			for name, f := range map[string]func(context.Context) error{
				"Fetch":            commands.Fetch(s, set, fetch.Flags).Wait,
				"Store":            commands.Store(s, set, commands.AddFlags, parser.FlagDeleted).Wait,
				"StoreLabels":      commands.StoreLabels(s, set, commands.AddFlags, "x").Wait,
				"StoreAnnotations": commands.StoreAnnotations(s, set, parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "value.priv"}}}).Wait,
				"Copy":             call(commands.Copy(s, set, "x")),
				"Move":             call(commands.Move(s, set, "x")),
				"MoveByCopy": func(ctx context.Context) error {
					_, err := commands.MoveByCopy(ctx, s, set.WithKind(numset.NoKind), "x")
					return err
				},
				"UIDExpunge":       commands.UIDExpunge(s, set).Wait,
				"Replace":          call(commands.Replace(s, set, "x", one)),
				"Convert":          commands.Convert(s, set, "text/plain", nil, commands.AvailableConversions("1")).Wait,
				"In":               call(commands.Search(s, numset.UID, search.In(set))),
				"Search":           call(commands.Search(s, numset.NoKind, search.All)),
				"Sort":             call(commands.Sort(s, numset.NoKind, []search.SortKey{search.ByDate}, search.All)),
				"Thread":           call(commands.Thread(s, numset.NoKind, commands.Refs, search.All)),
				"QResync":          call(commands.Select(s, "x", commands.QResync(commands.Resync{UIDValidity: 1, ModSeq: 1, Known: uids}))),
				"QResync, matches": call(commands.Select(s, "x", commands.QResync(commands.Resync{UIDValidity: 1, ModSeq: 1, MatchSeq: numset.Of(numset.UID, 1), MatchUID: numset.Of(numset.UID, 1)}))),
			} {
				var arg *wire.ArgumentError
				if err := f(ctx); name != "MoveByCopy" && !asError(err, &arg) || err == nil {
					t.Errorf("%s of a set of %s: %v", name, kind, err)
				}
			}
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}
