package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// push applies the changes in the Maildir to the server. If the mailbox is not open, because there were no changes when
// the run began, push does nothing: the next run pushes what has changed since. If the mailbox can only be read, push
// does nothing, too.
func (w *work) push(ctx context.Context) error {
	if box := w.s.Mailbox(); box == nil || box.Name != w.box.name || box.ReadOnly {
		return nil
	}
	if err := w.pushFlags(ctx); err != nil {
		return err
	}
	if err := w.pushGone(ctx); err != nil {
		return err
	}
	return w.upload(ctx)
}

// pushFlags sends one STORE for each flag to set, and one for each flag to remove, without waiting for one answer
// before sending the next. It leaves out flags that the server would not keep.
func (w *work) pushFlags(ctx context.Context) error {
	st := w.pass.State()
	add, remove := w.d.changes(&st)
	type storing struct {
		stream *session.Stream[parser.Fetch]
		uids   numset.Set
		flag   parser.Flag
		set    bool
	}
	var all []storing
	start := func(sets map[parser.Flag]numset.Set, op commands.StoreOp, set bool) {
		for flag, uids := range sets {
			if permanent := w.s.Mailbox().PermanentFlags; permanent != nil && !parser.HasFlag(permanent, flag) && !(flag.IsKeyword() && parser.HasFlag(permanent, parser.FlagWildcard)) {
				continue // the server would not keep the flag
			}
			n, _ := uids.Len()
			w.bar.Expect(int(n))
			all = append(all, storing{commands.Store(w.s, uids, op.Silent(), flag), uids, flag, set})
			w.logf("%s: flag %s of %v: %v", w.box.name, flag, uids, set)
		}
	}
	start(add, commands.AddFlags, true)
	start(remove, commands.RemoveFlags, false)
	for _, x := range all {
		if err := x.stream.Wait(ctx); err != nil {
			return err
		}
		w.pass.Edit(func(st *resync.State) {
			for uid := range x.uids.Numbers() {
				flags := st.FlagsOf(uid)
				if x.set {
					flags = append(flags, x.flag)
				} else {
					flags = without(flags, x.flag)
				}
				st.SetFlags(uid, flags...)
			}
		})
		n, _ := x.uids.Len()
		w.bar.Did(int(n), w.box.name)
	}
	return nil
}

func without(flags []parser.Flag, f parser.Flag) (out []parser.Flag) {
	for _, g := range flags {
		if !g.Equal(f) {
			out = append(out, g)
		}
	}
	return out
}

// pushGone deletes on the server what was deleted in the Maildir. On a server without UIDPLUS it uses EXPUNGE. EXPUNGE
// would also remove messages that other clients have marked as deleted, so pushGone returns an error if there are such
// messages.
func (w *work) pushGone(ctx context.Context) error {
	st := w.pass.State()
	gone := w.gone.Intersect(st.UIDs)
	if gone.Empty() {
		return nil
	}
	// A file that a mail program moves or renames while the directories are read may be missing from the list, so look
	// for it again.
	again := &maildir{dir: w.d.dir}
	if err := again.scan(w.d.mark); err != nil {
		return err
	}
	if gone = gone.Difference(again.uids()); gone.Empty() {
		return nil
	}
	w.logf("%s: deleted %v", w.box.name, gone)
	if err := commands.Store(w.s, gone, commands.AddFlags.Silent(), parser.FlagDeleted).Wait(ctx); err != nil {
		return err
	}
	var err error
	if w.s.Caps().HasAny("UIDPLUS|IMAP4REV2") {
		err = commands.UIDExpunge(w.s, gone).Wait(ctx)
	} else {
		var marked commands.SearchResult
		marked, err = commands.Search(w.s, numset.UID, search.Deleted).Wait(ctx)
		if others := marked.Found.Difference(gone); err == nil && !others.Empty() {
			return fmt.Errorf("the messages %v are marked as deleted, but cannot be expunged, because other clients have marked %v", gone, others)
		}
		if err == nil {
			err = commands.Expunge(w.s).Wait(ctx)
		}
	}
	if err == nil {
		w.pass.Edit(func(st *resync.State) { st.Remove(gone) })
	}
	return err
}

// inFlight is the greatest number of messages in flight at a time.
const inFlight = 64

// upload appends the messages that are new in the Maildir. If the server returns the UID, upload puts it into the
// file's name. If not, the next run sees the message as new on the server. If the server refuses a message, upload sends
// the others all the same, and returns the first refusal at the end.
func (w *work) upload(ctx context.Context) error {
	type sending struct {
		f    *file
		body *body
		call *session.Call[commands.AppendUID]
	}
	var queue []sending
	var refused error // the first refusal
	refusals := 0
	files := append([]*file(nil), w.d.fresh...)
	w.bar.Expect(len(files))
	finish := func() error {
		x := queue[0]
		queue = queue[1:]
		got, err := x.call.Wait(ctx)
		x.body.Close()
		if err != nil {
			err = account.Classify(fmt.Errorf("%s: %w", x.f.base, err))
			if !errors.Is(err, account.ErrForCommand) || errors.Is(err, parser.CodeOverQuota) {
				return err
			}
			if refusals++; refusals == 1 {
				refused = err
			}
			return nil
		}
		w.bar.Did(1, w.box.name)
		uid, ok := got.UIDs.Min()
		if !ok || got.UIDValidity != w.s.Mailbox().UIDValidity {
			return nil
		}
		if err := w.d.pair(x.f, uid); err != nil {
			return err
		}
		w.pass.Edit(func(st *resync.State) { st.Add(uid, flagsOf(x.f.flags)...) })
		return nil
	}
	defer func() {
		for _, x := range queue {
			x.body.Close()
		}
	}()
	for _, f := range files {
		b, err := openBody(filepath.Join(w.d.dir, w.d.path[f]))
		if err != nil {
			return err
		}
		w.logf("%s: uploading %s", w.box.name, f.base)
		call := commands.Append(w.s, w.box.name, b.Reader, b.size, commands.WithFlags(flagsOf(f.flags)...), commands.WithDate(b.date))
		queue = append(queue, sending{f, b, call})
		if len(queue) == inFlight {
			if err := finish(); err != nil {
				return err
			}
		}
	}
	for len(queue) > 0 {
		if err := finish(); err != nil {
			return err
		}
	}
	if refusals > 1 {
		refused = fmt.Errorf("%d messages were not uploaded; the first is %w", refusals, refused)
	}
	return refused
}
