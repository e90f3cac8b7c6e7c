package serve

import (
	"slices"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

func number[T uint32 | uint64](n T) []byte { return strconv.AppendUint(nil, uint64(n), 10) }

// hasFlag reports whether a flag is among flags. Case does not matter.
func hasFlag(flags []string, name string) bool {
	for _, f := range flags {
		if len(f) == len(name) && (f == name || strings.EqualFold(f, name)) {
			return true
		}
	}
	return false
}

// flagsOf returns the flags in a command, each once, or refuses a flag that cannot be stored.
func flagsOf(list []parser.Flag) ([]string, error) {
	out := make([]string, 0, len(list))
	for _, f := range list {
		switch s := string(f); {
		case strings.EqualFold(s, `\Recent`), s == `\*`:
			return nil, clientBug("%s cannot be stored", s)
		case strings.HasPrefix(s, `\`):
			i := slices.IndexFunc(systemFlags, func(x string) bool { return strings.EqualFold(x, s) })
			if i < 0 {
				return nil, clientBug("%s is not a flag", s)
			}
			if s = systemFlags[i]; !slices.Contains(out, s) {
				out = append(out, s)
			}
		case !hasFlag(out, s):
			out = append(out, s)
		}
	}
	return out, nil
}

// Apply returns the flags of a message after the change. Case does not matter. It does not modify flags.
func (ch *FlagChange) Apply(flags []string) []string {
	switch ch.Op {
	case parser.StoreReplace:
		return ch.Flags
	case parser.StoreAdd:
		all := slices.Clone(flags)
		for _, f := range ch.Flags {
			if !hasFlag(all, f) {
				all = append(all, f)
			}
		}
		return all
	}
	return slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return hasFlag(ch.Flags, f) })
}

func (c *Conn) store() error {
	var a parser.StoreArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Item != "FLAGS" || len(a.Modifiers) > 0 || a.Conditional && !c.has("CONDSTORE") {
		return badf("unknown item or modifier of STORE")
	}
	if a.Conditional {
		c.enableCondStore()
	}
	flags, err := flagsOf(a.Flags)
	if err != nil {
		return err
	}
	v := c.view
	uids, err := c.resolve(a.Set, a.UID)
	switch {
	case err != nil:
		return err
	case v.readOnly:
		return no(parser.CodeNoPerm, "the mailbox is open read-only")
	case len(uids) == 0:
		return nil
	}
	change := &FlagChange{Op: a.Op, Flags: flags}
	if x, ok := v.box.(FlagStorer); ok {
		return c.storeFlags(x, &a, uids, change)
	}
	uids = slices.Clone(uids) // reportUpdates may change the view
	want := &knownFlags{}
	if a.Silent {
		if want, err = c.expected(uids, change); err != nil {
			return err
		}
	}
	var modified []uint32
	if x, ok := v.box.(CondStorer); ok && a.Conditional {
		modified, err = x.StoreUnchanged(c.command, uids, change, a.UnchangedSince)
		slices.Sort(modified)
		uids = without(uids, modified)
	} else {
		err = v.box.Store(c.command, uids, change)
	}
	if err != nil {
		return err
	}
	return c.stored(&a, uids, modified, want)
}

// expected returns the flags that the messages will have after a silent STORE if no other client changes them. It also
// reports all changes so far, so that the client knows the flags and mod-sequences before the STORE. After the STORE,
// the client gets flags that differ from the expected ones. The client also gets the flags of messages that the method
// expected has just reported, because it cannot know whether these are from before or after the STORE.
func (c *Conn) expected(uids []uint32, change *FlagChange) (*knownFlags, error) {
	want := &knownFlags{list: make([]flagEntry, 0, len(uids))}
	var keys flagKeys
	err := c.eachMessage(uids, NeedFlags, func(_ uint32, m *Message) error {
		want.set(m.UID, flagState{keys.keyOf(m.Flags, change), m.ModSeq})
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.view.expectedFlags = want
	err = c.reportUpdates(false)
	c.view.expectedFlags = nil
	return want, err
}

// stored reports the results of a STORE.
func (c *Conn) stored(a *parser.StoreArgs, uids, modified []uint32, want *knownFlags) error {
	v := c.view
	there := 0
	v.ownFlags.list = slices.Grow(v.ownFlags.list, len(uids))
	err := c.eachMessage(uids, NeedFlags, func(seq uint32, m *Message) error {
		if m.Gone {
			return nil
		}
		there++
		key := v.keys.keyOf(m.Flags, nil)
		before, kept := want.get(m.UID)
		switch {
		case !a.Silent:
			c.reportFlags(seq, m)
		case c.enabled.condstore && m.ModSeq != before.modseq:
			c.announceFlags(m)
			if c.beginFetch(seq, m.UID); !c.enabled.uidOnly {
				c.out.Raw("UID ").Number(m.UID).SP()
			}
			c.writeModSeq(m)
			c.out.Byte(')').CRLF()
		}
		if (!a.Silent || kept && before.flags == key) && (m.ModSeq == 0 || m.ModSeq > v.latestModSeq) {
			v.ownFlags.set(m.UID, flagState{key, m.ModSeq})
		}
		return c.flushSome()
	})
	if err != nil {
		return err
	}
	return c.answerStore(a, modified, there < len(uids))
}

// without returns uids without the UIDs that are also in unwanted. It reuses the array of uids. Both lists ascend.
func without(uids, unwanted []uint32) []uint32 {
	return slices.DeleteFunc(uids, func(uid uint32) bool { _, ok := slices.BinarySearch(unwanted, uid); return ok })
}

// answerStore returns the answer to a STORE. modified has the UIDs of the messages that it left alone because their
// mod-sequences were above UNCHANGEDSINCE. gone says that some messages no longer existed.
func (c *Conn) answerStore(a *parser.StoreArgs, modified []uint32, gone bool) error {
	if len(modified) > 0 {
		set := uidSet(modified)
		if !a.UID {
			var seqs []uint32
			for _, uid := range modified {
				if n := c.view.seq(uid); n != 0 {
					seqs = append(seqs, n)
				}
			}
			set = numset.FromRanges(numset.Seq, ranges(seqs))
		}
		return okCode(parser.CodeModified, set.AppendTo(nil))
	}
	switch {
	case !gone || a.UID:
	case a.Silent:
		return &Reply{Status: parser.OK, Code: parser.Code{Name: parser.CodeExpungeIssued}} // RFC 2180 §4.2.1
	default:
		return no(parser.CodeExpungeIssued, "some of the messages are gone")
	}
	return nil
}
