package parser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// TestArgsRefusedByEncode encodes arguments that the grammar cannot express. None of them may be sent.
func TestArgsRefusedByEncode(t *testing.T) {
	one := numset.Of(numset.Seq, 1)
	flags := []FetchItem{{Name: "FLAGS"}}
	all := SearchKey{Name: "ALL"}
	for _, tt := range []struct {
		name string
		a    Args
		want string
	}{
		{"FETCH of no messages", &FetchArgs{Set: numset.Of(numset.Seq), Items: flags}, "sequence-set is empty"},
		{"FETCH without items", &FetchArgs{Set: one}, "list of fetch-att is empty"},
		{"item with a line end", &FetchArgs{Set: one, Items: []FetchItem{{Name: "FLAGS\r\nA2 LOGOUT"}}}, "is not an atom"},
		{"item with a section it cannot have", &FetchArgs{Set: one, Items: []FetchItem{{Name: "FLAGS", HasSection: true}}}, "has no section"},
		{"item without the section it needs", &FetchArgs{Set: one, Items: []FetchItem{{Name: "BODY.PEEK"}}}, "needs a section"},
		{"not a section", &FetchArgs{Set: one, Items: []FetchItem{{Name: "BODY", HasSection: true, Section: SectionSpec{Specifier: "MIME"}}}}, "needs a part"},
		{"BODY[] with names of header fields", &FetchArgs{Set: one, Items: []FetchItem{{Name: "BODY", HasSection: true, Section: SectionSpec{Fields: []string{"a"}}}}}, "does not match"},
		{"binary with a specifier", &FetchArgs{Set: one, Items: []FetchItem{{Name: "BINARY", HasSection: true, Section: SectionSpec{Specifier: "TEXT"}}}}, "not for BINARY"},
		{"partial of no octets", &FetchArgs{Set: one, Items: []FetchItem{{Name: "BODY", HasSection: true, Partial: BytePartial{Offset: 5}}}}, "no such partial"},
		{"modifier with a line end", &FetchArgs{Set: one, Items: flags, Modifiers: []ExtData{{Name: "A", Value: []byte("5\r\nx")}}}, "want"},
		{"partial range of both kinds", &FetchArgs{Set: one, Items: flags, Partial: PartialRange{1, -5}}, "partial-range"},
		{"partial range that begins at 0", &SearchArgs{Return: SearchReturn{Given: true, Partial: PartialRange{0, 5}}, Key: all}, "partial-range"},
		{"partial range beyond 32 bits", &SearchArgs{Return: SearchReturn{Given: true, Partial: PartialRange{1, 1 << 32}}, Key: all}, "partial-range"},
		{"STORE of no messages", &StoreArgs{Set: numset.Of(numset.Seq), Item: "FLAGS"}, "sequence-set is empty"},
		{"STORE with a set without a kind", &StoreArgs{Item: "FLAGS"}, "is neither"},
		{"STORE of an unknown item", &StoreArgs{Set: one, Item: "FOO"}, "is not known"},
		{"STORE of no annotations", &StoreArgs{Set: one, Item: "ANNOTATION"}, "is empty"},
		{"flag with a space", &StoreArgs{Set: one, Item: "FLAGS", Flags: []Flag{"a b"}}, "is not a flag"},
		{"no key", &SearchArgs{}, "is not an atom"},
		{"OR of one key", &SearchArgs{Key: SearchKey{Name: "OR", Keys: []SearchKey{all}}}, "wrong number of keys"},
		{"NOT of two keys", &SearchArgs{Key: SearchKey{Name: "NOT", Keys: []SearchKey{all, all}}}, "wrong number of keys"},
		{"AND of no keys", &SearchArgs{Key: SearchKey{Name: KeyAnd}}, "wrong number of keys"},
		{"keyword with a space", &SearchArgs{Key: SearchKey{Name: "KEYWORD", Text: "a b"}}, "is not an atom"},
		{"key with a line end", &SearchArgs{Key: SearchKey{Name: "ALL\r\n"}}, "is not an atom"},
		{"empty set as a key", &SearchArgs{Key: SearchKey{Name: "UID", Set: numset.Of(numset.UID)}}, "set of UIDs is empty"},
		{"set without a kind as a key", &SearchArgs{Key: SearchKey{Name: "UID", Set: numset.Set{}.WithKind(numset.NoKind)}}, "neither"},
		{"sequence numbers as UIDs", &SearchArgs{Key: SearchKey{Name: "UID", Set: numset.Of(numset.Seq, 1)}}, "is of sequence numbers"},
		{"UIDs as sequence numbers", &FetchArgs{Set: numset.Of(numset.UID, 1), Items: []FetchItem{{Name: "UID"}}}, "is of UIDs"},
		{"set of unknown numbers", &FetchArgs{Set: numset.All(numset.Seq).Difference(numset.Of(numset.Seq, 7)), Items: []FetchItem{{Name: "UID"}}}, "is not known"},
		{"year of five digits", &SearchArgs{Key: SearchKey{Name: "ON", Date: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}, "four digits"},
		{"not a sort key", &SortArgs{Criteria: []SortCriterion{{Key: "A B"}}, Charset: "UTF-8", Key: all}, "is not an atom"},
		{"filter without names", &MultiSearchArgs{In: []MailboxFilter{{Kind: "subtree"}}, SearchArgs: SearchArgs{Key: all}}, "does not match"},
		{"filter with names it cannot have", &MultiSearchArgs{In: []MailboxFilter{{Kind: "personal", Mailboxes: [][]byte{nil}}}, SearchArgs: SearchArgs{Key: all}}, "does not match"},
		{"STATUS of no items", &StatusArgs{}, "is missing"},
		{"LIST without a pattern", &ListArgs{}, "is missing"},
		{"ENABLE without a capability", &EnableArgs{}, "is missing"},
		{"ENABLE with a line end", &EnableArgs{Caps: []string{"A\r\nB"}}, "is not an atom"},
		{"mechanism with a space", &AuthenticateArgs{Mechanism: "PLAIN x"}, "is not an atom"},
		{"password with NUL", &LoginArgs{User: "a", Password: "s3cret\x00"}, "secret cannot be sent"},
		{"GETMETADATA without an entry", &GetMetadataArgs{}, "is empty"},
		{"GETMETADATA with a depth of two", &GetMetadataArgs{Entries: []string{"/a"}, Depth: 2}, "not 0, 1 or infinity"},
		{"SETMETADATA without an entry", &SetMetadataArgs{}, "is missing"},
		{"SETANNOTATION without an entry", &SetAnnotationArgs{}, "is missing"},
		{"not an operation of SETACL", &SetACLArgs{Identifier: "a", Op: '*'}, "not an operation"},
		{"URLFETCH without a URL", &URLFetchArgs{}, "is missing"},
		{"GENURLAUTH without a URL", &GenURLAuthArgs{}, "is missing"},
		{"CANCELUPDATE without a tag", &CancelUpdateArgs{}, "is missing"},
		{"tag with a line end", &CancelUpdateArgs{Tags: []string{"a\r\nb"}}, "a quoted string cannot"},
	} {
		e := wire.NewEncoder(wire.Mode{})
		tt.a.Encode(e)
		if e.Err() == nil || !strings.Contains(e.Err().Error(), tt.want) || e.Segments() != nil {
			t.Errorf("%s: Encode wrote %q, error %v, want an error with %q", tt.name, e.Bytes(), e.Err(), tt.want)
		}
		if e.Err() != nil && strings.Contains(e.Err().Error(), "s3cret") {
			t.Errorf("%s: the error shows the secret", tt.name)
		}
	}
}

// TestArgumentsBecomeLiterals encodes text that is not allowed in quotes. It becomes a literal, and the client
// waits before it sends the octets.
func TestArgumentsBecomeLiterals(t *testing.T) {
	nasty := "a\r\nA2 LOGOUT"
	for _, a := range []Args{
		&MailboxArgs{Mailbox: []byte(nasty)},
		&SearchArgs{Key: SearchKey{Name: "SUBJECT", Text: nasty}},
		&FetchArgs{Set: numset.Of(numset.Seq, 1), Items: []FetchItem{{Name: "BODY", HasSection: true, Section: SectionSpec{Specifier: SpecHeaderFields, Fields: []string{nasty}}}}},
		&LoginArgs{User: nasty},
		&IDArgs{ID{[]IDField{{"name", []byte(nasty)}}}},
		&SetMetadataArgs{Entries: []EntryValue{{"/a", []byte(nasty)}}},
		&ListArgs{Patterns: [][]byte{[]byte(nasty)}},
		&StoreArgs{Set: numset.Of(numset.Seq, 1), Item: "X-GM-LABELS", Labels: []string{nasty}},
	} {
		e := wire.NewEncoder(wire.Mode{})
		a.Encode(e)
		e.CRLF()
		segs := e.Segments()
		if len(segs) != 2 || !segs[0].Wait || !strings.HasSuffix(string(segs[0].Bytes), "{12}\r\n") ||
			!strings.HasPrefix(string(segs[1].Bytes), nasty) {
			t.Errorf("%T: Encode wrote %q, error %v, want a literal that the client waits for", a, e.Bytes(), e.Err())
		}
	}
}

func TestPartialRangeSlice(t *testing.T) {
	for _, tt := range []struct {
		r    PartialRange
		n    int
		i, j int
	}{
		{PartialRange{1, 3}, 10, 0, 3},
		{PartialRange{3, 1}, 10, 0, 3},
		{PartialRange{8, 20}, 10, 7, 10},
		{PartialRange{11, 20}, 10, 0, 0},
		{PartialRange{-1, -3}, 10, 7, 10},
		{PartialRange{-3, -1}, 10, 7, 10},
		{PartialRange{-1, -100}, 10, 0, 10},
		{PartialRange{-11, -100}, 10, 0, 0},
		{PartialRange{1, 1}, 0, 0, 0},
		{PartialRange{-1, -1}, 0, 0, 0},
		{PartialRange{1, 1}, 1, 0, 1},
		{PartialRange{}, 10, 0, 0},
	} {
		if i, j := tt.r.Slice(tt.n); i != tt.i || j != tt.j {
			t.Errorf("Slice(%d) of %s = %d, %d, want %d, %d", tt.n, tt.r, i, j, tt.i, tt.j)
		}
	}
}

func decodeKey(t *testing.T, text string) SearchKey {
	t.Helper()
	var k SearchKey
	if err := k.DecodeProgram(wire.NewDecoder([]byte(text))); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSearchKeyTree(t *testing.T) {
	k := decodeKey(t, `SEEN OR FROM "a b" OR (UID 1:* $) TO b NOT MODSEQ 5`)
	var names []string
	for key := range k.All() {
		names = append(names, key.Name)
	}
	if got, want := strings.Join(names, " "), "AND SEEN OR FROM AND UID SET TO NOT MODSEQ"; got != want {
		t.Errorf("All yields %s, want %s", got, want)
	}
	if len(k.Keys[1].Keys) != 3 {
		t.Errorf("OR a OR b c has %d keys, want 3: %s", len(k.Keys[1].Keys), &k.Keys[1])
	}
	for key := range k.All() {
		if key.Name == "FROM" {
			break // All must not continue after a break
		}
	}
	if !k.Uses("X", "MODSEQ") || k.Uses("FLAGGED") || !k.UsesSaved() {
		t.Errorf("Uses(X, MODSEQ), Uses(FLAGGED), UsesSaved = %t, %t, %t, want true, false, true", k.Uses("X", "MODSEQ"), k.Uses("FLAGGED"), k.UsesSaved())
	}
	if got, want := k.String(), `(SEEN OR FROM "a b" OR (UID 1:* $) TO b NOT MODSEQ 5)`; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
	if not := decodeKey(t, "NOT UID $"); !not.UsesSaved() {
		t.Error("UsesSaved does not see the $ in NOT UID $")
	}
	if set := decodeKey(t, "1:5"); set.UsesSaved() || set.Set.Kind() != numset.Seq {
		t.Errorf("1:5 has the kind %v, and UsesSaved is %t, want %v and false", set.Set.Kind(), set.UsesSaved(), numset.Seq)
	}
	if uid := decodeKey(t, "UID 1:5"); uid.Set.Kind() != numset.UID {
		t.Errorf("the set of UID 1:5 has the kind %v, want %v", uid.Set.Kind(), numset.UID)
	}
	if d := decodeKey(t, "SENTON 7-Feb-1994"); !d.Date.Equal(time.Date(1994, 2, 7, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("SENTON 7-Feb-1994 has the date %v", d.Date)
	}
}

// TestSearchKeyOfAnExtension decodes a search key that this package does not know, with the function in
// SearchArgs.Unknown.
func TestSearchKeyOfAnExtension(t *testing.T) {
	r := commandsOf("A1 SEARCH SEEN NOT X-COLOUR (red 5) DRAFT\nA2 SEARCH X-OTHER\n")
	unknown := func(d *wire.Decoder, k *SearchKey) bool {
		if k.Name != "X-COLOUR" {
			return false
		}
		d.SP()
		k.Args = d.Value()
		return true
	}
	r.Next()
	a := SearchArgs{Unknown: unknown}
	if err := r.Decode(&a); err != nil {
		t.Fatal(err)
	}
	if got, want := a.Key.String(), "(SEEN NOT X-COLOUR (red 5) DRAFT)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	h, _ := r.Next()
	err := r.Decode(&SearchArgs{Unknown: unknown})
	if err == nil || !strings.Contains(err.Error(), `unknown search key "X-OTHER"`) {
		t.Errorf("%s X-OTHER: error %v, want an unknown search key", h, err)
	}
}

func TestFetchItemPeeks(t *testing.T) {
	r := commandsOf("A FETCH 1 (BODY BODY[] BODY.PEEK[] BINARY[1] BINARY.PEEK[1] BINARY.SIZE[1] RFC822 RFC822.HEADER RFC822.TEXT FLAGS)\n")
	r.Next()
	var a FetchArgs
	if err := r.Decode(&a); err != nil {
		t.Fatal(err)
	}
	var sets []string
	for i := range a.Items {
		if !a.Items[i].Peeks() {
			sets = append(sets, a.Items[i].String())
		}
		if !a.Items[i].Known() {
			t.Errorf("Known is false for %s", a.Items[i].Name)
		}
	}
	if want := []string{"BODY[]", "BINARY[1]", "RFC822", "RFC822.TEXT"}; !slices.Equal(sets, want) {
		t.Errorf("Peeks is false for %q, want %q", sets, want)
	}
}

// TestArgsReuse decodes two commands into one value. Nothing of the first command may remain in the value.
func TestArgsReuse(t *testing.T) {
	full := goldenCommands(t)
	kinds := make(map[string]Args)
	for _, c := range full {
		r := NewCommandReader(wireReader(c))
		r.OnLiteral(accept)
		h, err := r.Next()
		if err != nil {
			continue
		}
		fresh := NewArgs(h.Name)
		if fresh == nil {
			continue
		}
		used := kinds[h.Name]
		if used == nil {
			used = NewArgs(h.Name)
			kinds[h.Name] = used
		}
		again := NewCommandReader(wireReader(c))
		again.OnLiteral(accept)
		h2, _ := again.Next()
		if err1, err2 := r.Decode(fresh), again.Decode(used); (err1 == nil) != (err2 == nil) {
			t.Errorf("%q: error %v with a new value, %v with a used one", c, err1, err2)
		} else if err1 != nil {
			continue
		}
		out1, _ := encodeCommand(h, fresh)
		out2, _ := encodeCommand(h2, used)
		if out1 != out2 {
			t.Errorf("decoded into a new value: %q\ninto a used one: %q", out1, out2)
		}
	}
}

func TestNewArgs(t *testing.T) {
	for name, info := range commandNames {
		if !KnownCommand(name) || name != strings.ToUpper(name) {
			t.Errorf("%s is not a known name in upper case", name)
		}
		a := NewArgs(name)
		if (a == nil) != (name == "APPEND" || name == "REPLACE") {
			t.Errorf("NewArgs(%q) is a %T, want nil only for APPEND and REPLACE", name, a)
		}
		if _, ok := a.(uidArgs); ok && !info.uid {
			t.Errorf("%s has sets, but no UID form", name)
		}
	}
	if _, ok := NewArgs("X-NEW").(*RawArgs); !ok || KnownCommand("X-NEW") || !takesUID("X-NEW") || takesUID("NOOP") {
		t.Error("NewArgs, KnownCommand or takesUID is wrong for X-NEW, or takesUID for NOOP")
	}
}

func TestArgDates(t *testing.T) {
	for in, want := range map[string]string{
		"1-Feb-1994": "1994-02-01", "01-feb-1994": "1994-02-01", `"29-FEB-2000"`: "2000-02-29", "1-Jan-0000": "0000-01-01",
		"29-Feb-1999": "", "32-Jan-2000": "", "0-Jan-2000": "", "1-Jan-99": "", "1-Jan-20000": "", "1-Foo-2000": "", `" 1-Jan-2000"`: "",
		"1/Jan/2000": "", "-1-Jan-2000": "", "1-Jan-2000-": "", `""`: "", "{10+}\r\n1-Jan-2000": "", "Jan-1-2000": "",
	} {
		r := commandsOf("A1 SEARCH ON " + strings.ReplaceAll(in, "\r\n", "\n") + "\n")
		var a SearchArgs
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		err := r.Decode(&a)
		if got := a.Key.Date.Format("2006-01-02"); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("ON %s: got %s, error %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`"17-Jul-1996 02:44:25 -0700"`: "1996-07-17T02:44:25-07:00", `" 7-jul-1996 02:44:25 +0000"`: "1996-07-07T02:44:25Z",
		`"07-Jul-1996 23:59:60 +1345"`: "1996-07-08T00:00:00+13:45", `"7-Jul-1996 02:44:25 +0000"`: "",
		`"17-Jul-1996 24:00:00 +0000"`: "", `"17-Jul-1996 02:44 +0000"`: "", `"17-Jul-1996 02:44:25 GMT"`: "",
		`"17-Jul-1996 02:44:25"`: "", `"17-Jul-1996  02:44:25 +000"`: "", `""`: "", `NIL`: "",
	} {
		r := commandsOf("A1 APPEND x " + in + " {1+}\nx\n")
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		a := new(wholeAppend)
		err := a.read(r)
		got := ""
		if err == nil {
			got = a.Messages[0].Date.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("APPEND x %s: got %q, error %v, want %q", in, got, err, want)
		}
	}
}
