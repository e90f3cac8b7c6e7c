package serve

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// A view is what a client knows about its open mailbox. The sequence number of a message is its index in uids, plus
// one. A UID stays in uids until the expunge of its message is reported.
type view struct {
	box              Mailbox
	name             string
	readOnly         bool
	deleted          bool // the mailbox was deleted
	deletionReported bool // the client has been told that the mailbox was deleted

	uids       []uint32 // the UIDs of the messages that the client knows, ascending
	sharedUIDs bool     // uids belongs to the back end and must not be changed
	expunged   []uint32 // messages in uids that are expunged and have not been reported, ascending

	validity, next  uint32
	reportedModSeq  uint64 // all changes up to this mod-sequence have been reported
	latestModSeq    uint64 // Changes has returned all changes up to this mod-sequence
	flags, canStore []string
	known           map[string]bool // flags that FLAGS has announced to the client, in lower case
	written         [8]writtenFlags // lists of flags that were written recently; the field known contains all of these flags
	flagsText       []byte          // the list of the last announceFlags in its written form, or nil
	overwriteNext   uint8           // the index in the field written at which the next list is stored

	// believedModSeq is the mod-sequence up to which the client assumes that it knows all changes (RFC 7162 §6).
	// sentModSeq is the highest MODSEQ that was sent since the last tagged answer, and sentHighest the HIGHESTMODSEQ
	// that was sent since then.
	believedModSeq, sentModSeq, sentHighest uint64

	// ownFlags holds the flags that the client has set itself, until Changes returns the messages that have them. These
	// flags then need not be reported.
	ownFlags knownFlags
	contexts []*searchContext // searches with UPDATE
	held     Follower         // changes that Changes has returned while NOTIFY excludes the mailbox from reports
	ownUIDs  []uint32         // UIDs of new messages that the connection itself has added

	// The UIDs of messages that Changes has returned and that the server has not fully reported yet, ascending. After
	// an answer, these lists are empty, unless the back end has failed or NOTIFY excludes flags.
	changed    []uint32 // messages whose flags must be reported
	unsearched []uint32 // messages that may enter or leave the results of contexts
	news       []uint32 // new messages whose items NOTIFY or contexts may want

	keys flagKeys

	// expectedFlags holds the flags that messages will have after a silent STORE, while Conn.expected runs.
	expectedFlags *knownFlags
}

// emptyBox is a mailbox without messages. It replaces an open mailbox in which the UIDs that the client knows are no
// longer valid.
type emptyBox struct{}

func (emptyBox) Changes(context.Context) (*Changes, error)                        { return &Changes{}, nil }
func (emptyBox) Fetch(context.Context, []uint32, Need, func(*Message) bool) error { return nil }
func (emptyBox) Store(context.Context, []uint32, *FlagChange) error               { return nil }
func (emptyBox) Expunge(context.Context, []uint32) error                          { return nil }
func (emptyBox) Close() error                                                     { return nil }

// seq returns the sequence number of a UID, or 0.
func (v *view) seq(uid uint32) uint32 {
	i, ok := slices.BinarySearch(v.uids, uid)
	if !ok {
		return 0
	}
	return uint32(i) + 1
}

// lastUID returns the UID of the last message, or 0.
func (v *view) lastUID() uint32 {
	if len(v.uids) == 0 {
		return 0
	}
	return v.uids[len(v.uids)-1]
}

// resolve converts a set in a command to the UIDs of messages in the view. The UIDs ascend; the slice is valid until
// the view changes. "*" stands for the last message. A sequence number without a message is an error, and the answer is
// BAD (RFC 9051 §9, seq-number).
func (c *Conn) resolve(set numset.Set, byUID bool) ([]uint32, error) {
	v := c.view
	if set.IsSaved() {
		if !c.has("SEARCHRES") {
			return nil, badf("$ is not supported")
		}
		return v.within(c.saved), nil
	}
	if len(v.uids) == 0 {
		if byUID {
			return nil, nil
		}
		return nil, clientBug("the mailbox has no messages")
	}
	top := uint32(len(v.uids))
	if byUID {
		top = v.lastUID()
	}
	set = set.Resolve(top)
	if byUID {
		return v.within(set.Ranges()), nil
	}
	if n, _ := set.Max(); n > top {
		return nil, clientBug("there is no message %d, only %d", n, top)
	}
	var out []uint32
	for r := range set.Spans() {
		out = appendRun(out, v.uids[r.Start-1:r.Stop])
	}
	return out, nil
}

// within returns the UIDs in the view that are in ranges. The ranges ascend.
func (v *view) within(ranges []numset.Range) (out []uint32) {
	for _, r := range ranges {
		i, _ := slices.BinarySearch(v.uids, r.Start)
		j, found := slices.BinarySearch(v.uids, r.Stop)
		if found {
			j++
		}
		if i < j {
			out = appendRun(out, v.uids[i:j])
		}
	}
	return out
}

// appendRun returns the concatenation of list and run. If list is nil, it returns run itself and copies nothing.
func appendRun(list, run []uint32) []uint32 {
	if list == nil {
		return run[:len(run):len(run)]
	}
	return append(list, run...)
}

// ranges converts numbers to ranges: each run of consecutive, ascending numbers becomes one range.
func ranges(nums []uint32) (out []numset.Range) {
	for _, n := range nums {
		out = addInOrder(out, n)
	}
	return out
}

// addInOrder appends n to a list of ranges. The ranges keep the order in which numbers are added.
func addInOrder(list []numset.Range, n uint32) []numset.Range {
	if k := len(list); k > 0 && list[k-1].Stop+1 == n && n != 0 {
		list[k-1].Stop = n
		return list
	}
	return append(list, numset.Range{Start: n, Stop: n})
}

// uidSet returns the UIDs as a set. They must ascend.
func uidSet(uids []uint32) numset.Set { return numset.FromRanges(numset.UID, ranges(uids)) }

// apply applies Changes to the view. It returns what can be reported at once: the number of new messages, and the
// UIDs of messages whose flags have changed. It adds expunged messages to v.expunged.
func (v *view) apply(ch *Changes) (fresh int, changed []uint32) {
	v.readOnly = v.readOnly || ch.ReadOnly
	v.next, v.latestModSeq = ch.UIDNext, ch.HighestModSeq
	if ch.Flags != nil {
		v.flags = ch.Flags
	}
	if ch.PermanentFlags != nil {
		v.canStore = ch.PermanentFlags
	}
	last := v.lastUID()
	if last == 0 && ascending(ch.New) {
		v.uids, v.sharedUIDs = slices.Clip(ch.New), true
		fresh, ch.New = len(ch.New), nil
	}
	if len(ch.New) > 0 {
		v.uids, v.sharedUIDs = slices.Grow(v.uids, len(ch.New)), false // a shared slice is full, so Grow copies it
	}
	for _, uid := range ch.New {
		if uid > last {
			v.uids = append(v.uids, uid)
			last = uid
			fresh++
		}
	}
	for _, uid := range ch.Expunged {
		if _, ok := slices.BinarySearch(v.uids, uid); ok {
			v.expunged = append(v.expunged, uid)
		}
	}
	slices.Sort(v.expunged)
	v.expunged = slices.Compact(v.expunged)
	return fresh, ch.Changed
}

// ascending reports whether each UID is higher than the one before.
func ascending(uids []uint32) bool {
	last := uint32(0)
	for _, uid := range uids {
		if uid <= last {
			return false
		}
		last = uid
	}
	return true
}

// hold keeps the changes in ch for a later call of withHeld.
func (v *view) hold(ch *Changes) {
	v.readOnly = v.readOnly || ch.ReadOnly
	if ch.Flags != nil {
		v.flags = ch.Flags
	}
	if ch.PermanentFlags != nil {
		v.canStore = ch.PermanentFlags
	}
	v.held.add(ch)
}

// withHeld returns ch together with the changes that hold has kept. It may modify ch.
func (v *view) withHeld(ch *Changes) *Changes {
	if v.held.news.uids() > 0 {
		v.held.add(ch)
		v.held.Take(ch)
	}
	return ch
}

// removeExpunged removes the messages in v.expunged from the view. It returns their UIDs, and their sequence numbers
// for EXPUNGE: each takes the expunges before it into account (RFC 9051 §7.5.1).
func (v *view) removeExpunged() (uids, seqs []uint32) {
	if len(v.expunged) == 0 {
		return nil, nil
	}
	if v.sharedUIDs {
		v.uids, v.sharedUIDs = slices.Clone(v.uids), false
	}
	kept := 0
	rest := v.expunged
	for i, uid := range v.uids {
		if len(rest) > 0 && rest[0] == uid {
			seqs = append(seqs, uint32(i+1-len(seqs)))
			rest = rest[1:]
			continue
		}
		v.uids[kept] = uid
		kept++
	}
	v.uids = v.uids[:kept]
	uids, v.expunged = v.expunged, nil
	for _, uid := range uids {
		v.ownFlags.drop(uid)
	}
	v.changed = without(v.changed, uids)
	if x, ok := v.box.(Keeper); ok {
		x.Forget(uids)
	}
	return uids, seqs
}

// systemFlags are the flags that every mailbox has.
var systemFlags = []string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`}

// reportFlagLists sends FLAGS and PERMANENTFLAGS (RFC 9051 §7.3.5, §7.1).
func (c *Conn) reportFlagLists() {
	v := c.view
	v.written = [8]writtenFlags{}
	v.known = map[string]bool{}
	for _, f := range v.flags {
		v.known[strings.ToLower(f)] = true
	}
	permanent := v.permanent()
	c.out.Raw("* FLAGS ").List(len(v.flags), func(i int) { c.out.Flag(v.flags[i]) }).CRLF()
	c.out.Raw("* OK [PERMANENTFLAGS ").List(len(permanent), func(i int) { c.out.Flag(permanent[i]) }).Raw("] ok").CRLF()
}

// permanent returns what PERMANENTFLAGS lists (RFC 9051 §7.1). If the client can create keywords, the list also has
// the keywords that already exist in the mailbox.
func (v *view) permanent() []string {
	if v.readOnly {
		return nil
	}
	all := slices.Index(v.canStore, `\*`)
	if all < 0 {
		return v.canStore
	}
	out := slices.Clip(v.canStore[:all])
	for _, f := range v.flags {
		if !strings.HasPrefix(f, `\`) && !hasFlag(v.canStore, f) {
			out = append(out, f)
		}
	}
	return append(out, v.canStore[all:]...)
}

// announceFlags sends FLAGS again if a message has a flag that the last FLAGS did not contain.
func (c *Conn) announceFlags(m *Message) {
	v := c.view
	if v.flagsText = v.writtenForm(m.Flags, c.showsRecent(m)); v.flagsText != nil {
		return
	}
	if !slices.ContainsFunc(m.Flags, func(f string) bool { return !v.known[f] && !v.known[strings.ToLower(f)] }) {
		return
	}
	// The new FLAGS must have all flags of the message, even those in the last FLAGS that Changes no longer returns.
	for _, f := range m.Flags {
		if !hasFlag(v.flags, f) {
			v.flags = append(slices.Clip(v.flags), f)
		}
	}
	c.reportFlagLists()
}

// showsRecent reports whether the flags of a message have \Recent for this client.
func (c *Conn) showsRecent(m *Message) bool { return m.Recent && !c.enabled.rev2 }

// writtenFlags is a list of flags and its written form.
type writtenFlags struct {
	flags  []string
	recent bool
	text   []byte
}

// writtenForm returns the written form of a list of flags, or nil if the list was not written recently. If the list was
// written recently, a FLAGS response has already announced all of its flags to the client.
func (v *view) writtenForm(flags []string, recent bool) []byte {
	for i := range v.written {
		if x := &v.written[i]; x.text != nil && x.recent == recent && slices.Equal(x.flags, flags) {
			return x.text
		}
	}
	return nil
}

// keepWritten stores the written form of a list of flags.
func (v *view) keepWritten(flags []string, recent bool, text []byte) {
	v.written[v.overwriteNext%8] = writtenFlags{slices.Clone(flags), recent, slices.Clone(text)}
	v.overwriteNext++
}

// flagKeys is a cache of the flagKey of recent lists of flags, because most messages have one of a few lists.
type flagKeys struct {
	list [8]struct {
		flags []string
		key   string
	}
	filled, turn int
}

// keyOf returns the flagKey of flags after change has been applied to them. change may be nil, but must be the same in
// all calls.
func (k *flagKeys) keyOf(flags []string, change *FlagChange) string {
	for i := range k.list[:k.filled] {
		if x := &k.list[i]; slices.Equal(x.flags, flags) {
			return x.key
		}
	}
	x := &k.list[k.turn]
	k.turn = (k.turn + 1) % len(k.list)
	k.filled = min(k.filled+1, len(k.list))
	x.flags = slices.Clone(flags)
	if change != nil {
		flags = change.Apply(flags)
	}
	x.key = flagKey(flags)
	return x.key
}

// flagKey returns a text that is equal for lists with the same flags, in any order and case.
func flagKey(flags []string) string {
	lower := make([]string, len(flags))
	for i, f := range flags {
		lower[i] = strings.ToLower(f)
	}
	slices.Sort(lower)
	return strings.Join(lower, " ")
}

// isOpen reports whether name is the name of the open mailbox. If the open mailbox was deleted, isOpen returns false,
// because another mailbox may have the name now.
func (c *Conn) isOpen(name string) bool {
	v := c.view
	return v != nil && !v.deleted && v.name == name
}

// deselect closes the open mailbox, and reports whether one was open.
func (c *Conn) deselect() bool {
	v := c.view
	if v == nil {
		return false
	}
	c.view, c.saved = nil, nil
	if c.state == Selected {
		c.state = Authenticated
	}
	if err := v.box.Close(); err != nil {
		c.log(slog.LevelError, "closing a mailbox", "mailbox", v.name, "err", err)
	}
	return true
}

func (c *Conn) reportCode(name parser.CodeName, n uint64) {
	c.out.Raw("* OK [").Atom(string(name)).SP().Number64(n).Raw("] ok").CRLF()
}
