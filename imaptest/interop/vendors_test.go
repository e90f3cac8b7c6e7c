package interop

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// item fetches one item of the first message.
func item[T any](t *trial, it fetch.Ext[T]) (v T) {
	t.Helper()
	told := false
	for m, err := range commands.Fetch(t.s, numset.Of(numset.UID, 1), fetch.UID, it).All(t.ctx) {
		t.check(err)
		if v, told = it.Of(m); !told {
			t.Errorf("%s: not returned", it.Name)
		}
	}
	if !told {
		t.Errorf("%s: no answer", it.Name)
	}
	return v
}

// dovecotItems asks for items that Dovecot has added to the RFCs.
func (t *trial) dovecotItems() {
	for _, it := range []fetch.Ext[string]{fetch.Snippet, fetch.SnippetLazy, fetch.PreviewFuzzy, fetch.Preview} {
		if text := item(t, it); strings.TrimSpace(text) != "text" {
			t.Errorf("%s: want \"text\", got %q", it.Name, text)
		}
	}
	guid := item(t, fetch.DovecotGUID)
	if len(guid) != 32 || item(t, fetch.DovecotMailbox) != t.box || item(t, fetch.DovecotRealUID) != 1 {
		t.Errorf("GUID %q", guid)
	}
	if at := item(t, fetch.DovecotSaveDate); time.Since(at).Abs() > 24*time.Hour {
		t.Errorf("the save date is %v, want today", at)
	}
	st := must(t, commands.Status(t.s, t.box, status.DovecotGUID, status.DovecotSize, status.Size))
	box, ok := status.DovecotGUID.Of(&st)
	size, sized := status.DovecotSize.Of(&st)
	if !ok || len(box) != 32 || !sized || size != st.Size || size == 0 {
		t.Errorf("STATUS: %+v, with the GUID %q and the size %d", st, box, size)
	}
	t.order("[1 2 3 4]", []search.SortKey{search.ByScore}, search.All)
}

// cyrusItems asks for items that Cyrus has added to the RFCs.
func (t *trial) cyrusItems() {
	sha := item(t, fetch.CyrusSHA1)
	if len(sha) != 40 || item(t, fetch.CyrusDigest) != sha {
		t.Errorf("SHA1 %q", sha)
	}
	if n := item(t, fetch.CyrusFileSize); n != uint64(len(t.read(1))) {
		t.Errorf("%d octets", n)
	}
	if id := item(t, fetch.CyrusConversation); len(id) != 16 || "T"+id != item(t, fetch.ThreadID) {
		t.Errorf("CID %q", id)
	}
	if name := item(t, fetch.CyrusFolder); name != t.box {
		t.Errorf("FOLDER %q", name)
	}
	if n := item(t, fetch.CyrusUIDValidity); n != t.s.Mailbox().UIDValidity {
		t.Errorf("UIDVALIDITY %d", n)
	}
	// In MAILBOXES, Cyrus 3.6 does not put quotes around a name that contains spaces.
	if names := item(t, fetch.CyrusMailboxes); strings.Join(names, " ") != t.box {
		t.Errorf("MAILBOXES %q", names)
	}
	if ids := item(t, fetch.CyrusMailboxIDs); !slices.Contains(ids, t.s.Mailbox().ID) {
		t.Errorf("MAILBOXIDS %q", ids)
	}
	if n := item(t, fetch.CyrusCreatedModSeq); n == 0 {
		t.Error("CREATEDMODSEQ 0")
	}
	if at := item(t, fetch.CyrusLastUpdated); time.Since(at).Abs() > 24*time.Hour {
		t.Errorf("LASTUPDATED is %v, want today", at)
	}
	st := must(t, commands.Status(t.s, t.box, status.CyrusCreatedModSeq, status.CyrusConversations, status.CyrusUnseen, status.CyrusConvModSeq))
	created, ok := status.CyrusCreatedModSeq.Of(&st)
	discussions, also := status.CyrusConversations.Of(&st)
	unseen, too := status.CyrusUnseen.Of(&st)
	changed, last := status.CyrusConvModSeq.Of(&st)
	if !ok || !also || !too || !last || created == 0 || changed < created || discussions != 2 || unseen > discussions {
		t.Errorf("STATUS: %+v; created with mod-sequence %d; %d conversations, %d of them unseen, changed with mod-sequence %d", st, created, discussions, unseen, changed)
	}
	t.check(commands.Store(t.s, numset.Of(numset.UID, 2), commands.AddFlags.Silent(), parser.FlagFlagged).Wait(t.ctx))
	t.order("[4 3 1 2]", []search.SortKey{search.ByHasFlag(parser.FlagFlagged), search.ByDate}, search.All)
	t.order("[4 3 2 1]", []search.SortKey{search.ByFolder, search.BySpamScore, search.ByDate}, search.All)
}

// TestInteropCapabilities checks that the client knows the values of SORT=, THREAD= and STATUS= that the real servers
// offer.
func TestInteropCapabilities(t *testing.T) {
	known := []string{"DISPLAY", "MODSEQ", "UID", string(commands.OrderedSubject), string(commands.References), string(commands.Refs), "SIZE"}
	for name, find := range map[string]func(testing.TB) peer.Env{"dovecot": peer.Dovecot, "cyrus": peer.Cyrus, "courier": peer.Courier} {
		t.Run(name, func(t *testing.T) {
			caps := overTLS(t, find(t), nil).Caps()
			for _, prefix := range []string{"SORT=", "THREAD=", "STATUS="} {
				for _, value := range caps.Values(prefix) {
					if !slices.Contains(known, value) {
						t.Errorf("%s offers %s%s", name, prefix, value)
					}
				}
			}
			if limits := commands.LimitsOf(caps); name == "cyrus" && limits.AppendSize == 0 {
				t.Errorf("%s: no limit on APPEND in %+v", caps, limits)
			}
		})
	}
}
