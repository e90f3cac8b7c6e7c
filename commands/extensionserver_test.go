package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// XTIDE is a second invented extension: each message has numbered texts, its tides, and a height. TestExtension shows
// what most extensions need in a client. This file shows what only some extensions need, and the server's half, which
// consists of options of imaptest.

// tideServer is a server with XTIDE. It keeps the height of each message, and records the commands that it receives.
type tideServer struct {
	srv      *imaptest.Server
	height   map[uint32]uint64 // by UID
	received []string
}

func newTideServer(t *testing.T) *tideServer {
	x := &tideServer{height: map[uint32]uint64{}}
	x.srv = imaptest.NewServer(t, imaptest.WithUser("alice", "secret"),
		imaptest.WithCapability("XTIDE", "XTIDE=MOON"),
		imaptest.WithCommand("GETTIDE", serve.Command{In: serve.Selected, Cap: "XTIDE", Run: x.getTide}),
		imaptest.WithCommand("STORE", serve.Command{In: serve.Selected, Updates: serve.UpdatesButExpunge, Run: x.store}),
		imaptest.WithCommand("CREATE", serve.Command{In: serve.LoggedIn, Run: x.create}),
		imaptest.WithCommand("APPEND", serve.Command{In: serve.LoggedIn, Run: x.append}),
		imaptest.WithCommand("LIST", serve.Command{In: serve.LoggedIn, Run: x.list}),
		imaptest.WithFetchItem("TIDE", x.writeTide),
		imaptest.WithSearchKey("TIDE", imaptest.SearchKey{
			Read: func(d *wire.Decoder, k *parser.SearchKey) {
				d.SP()
				k.Number = d.Number64()
			},
			Match: func(k *parser.SearchKey, m match.Message) bool { return x.height[m.UID()] >= k.Number },
		}),
		imaptest.WithCode("NOOP", parser.Code{Name: "TIDEHIGH", Args: []byte("7")}),
	)
	for i := range 3 {
		uid, err := x.srv.Mailbox("alice", "INBOX").Append([]byte("Subject: tide\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		x.height[uid] = uint64(i)
	}
	return x
}

// getTide answers GETTIDE with * TIDE mailbox height, or with NO and the extension's response code.
func (x *tideServer) getTide(c *serve.Conn) error {
	var a parser.RawArgs
	if err := c.Decode(&a); err != nil {
		return err
	}
	if uid := strings.TrimSpace(string(a.Raw)); uid == "9" {
		return &serve.Reply{Status: parser.NO, Code: parser.Code{Name: "TIDELOST", Args: []byte(uid)}, Text: "it is gone"}
	}
	x.received = append(x.received, fmt.Sprintf("%s, %d messages", imaptest.UserOf(c), imaptest.MailboxOf(c).Status().Messages))
	c.Untagged("TIDE INBOX 12")
	return nil
}

// writeTide writes the item TIDE[number]<offset.count>.
func (x *tideServer) writeTide(e *wire.Encoder, item *parser.FetchItem, m match.Message) {
	text := fmt.Sprintf("tide of %d metres", x.height[m.UID()])
	if p := item.Partial; !p.IsZero() {
		text = text[min(p.Offset, uint64(len(text))):]
		text = text[:min(p.Count, uint64(len(text)))]
	}
	e.String(text)
}

// store executes UID STORE set [+]TIDE (height).
func (x *tideServer) store(c *serve.Conn) error {
	a := parser.StoreArgs{Unknown: parser.OpenStore}
	if err := c.Decode(&a); err != nil {
		return err
	}
	var height uint64
	d := wire.NewDecoder(a.Args)
	for range d.List {
		height = d.Number64()
	}
	if a.Item != "TIDE" || !a.UID || d.Err() != nil {
		return &serve.Reply{Status: parser.BAD, Text: "only the tide can be stored"}
	}
	for uid := range a.Set.Numbers() {
		if a.Op == parser.StoreAdd {
			height += x.height[uid]
		}
		x.height[uid] = height
		if !a.Silent {
			c.Untagged(fmt.Sprintf("%d FETCH (UID %d TIDE \"%d\")", uid, uid, height))
		}
	}
	return nil
}

func (x *tideServer) create(c *serve.Conn) error {
	var a parser.CreateArgs
	if err := c.Decode(&a); err != nil {
		return err
	}
	x.received = append(x.received, fmt.Sprintf("CREATE %s %q TIDE %s", a.Mailbox, a.Use, parser.FindExt(a.Params, "TIDE")))
	return nil
}

func (x *tideServer) append(c *serve.Conn) error {
	var a parser.AppendArgs
	if err := a.Decode(c.Reader()); err != nil {
		return err
	}
	for m, err := range a.Messages {
		if err != nil {
			return err
		}
		for p, err := range m.Parts {
			if err != nil {
				return err
			}
			b, err := io.ReadAll(p.Body)
			if err != nil {
				return err
			}
			x.received = append(x.received, fmt.Sprintf("APPEND %s TIDE %s %q", a.Mailbox, parser.FindExt(m.Ext, "TIDE"), b))
		}
	}
	return nil
}

func (x *tideServer) list(c *serve.Conn) error {
	var a parser.ListArgs
	if err := c.Decode(&a); err != nil {
		return err
	}
	for _, name := range []string{"INBOX", "Work"} {
		c.Untagged(`LIST () "/" ` + name)
		if len(a.Return.Options) > 0 && a.Return.Options[0].Name == "TIDE" {
			c.Untagged("TIDE " + name + " 5")
		}
	}
	return nil
}

// The client's half.

// fetchTide is the FETCH item TIDE[number].
func fetchTide(number string) fetch.Ext[string] {
	item := fetch.Ext[string]{Name: "TIDE", Needs: "XTIDE", Read: func(d *wire.Decoder) string { return string(d.NString()) }}
	return item.In(number)
}

// storedTide is the FETCH item TIDE, which is in the answer to a STORE of TIDE.
var storedTide = fetch.Ext[string]{Name: "TIDE", Needs: "XTIDE", Read: func(d *wire.Decoder) string { return string(d.NString()) }}

// tide returns the item TIDE (height) for STORE.
func tide(height uint64) commands.StoreItem {
	return commands.StoreItem{Name: "TIDE", Needs: "XTIDE", Args: func(e *wire.Encoder) { e.Byte('(').Number64(height).Byte(')') }}
}

// withTide writes TIDE height, as a parameter of CREATE or of a message of APPEND.
func withTide(height uint64) func(*wire.Encoder) {
	return func(e *wire.Encoder) { e.Raw("TIDE").SP().Number64(height) }
}

// returnTide is an option of LIST, for which the server also sends * TIDE mailbox height. It puts the height of each
// mailbox into the map heights.
func returnTide(heights map[string]uint64) commands.ListOption {
	return commands.ListOption{
		Needs: "XTIDE", Write: func(e *wire.Encoder) { e.Raw("TIDE") }, Answer: "TIDE",
		Data: func(r *parser.Response) error {
			d := r.Decoder()
			name := parser.MailboxName(d)
			d.SP()
			heights[name] = d.Number64()
			return d.Err()
		},
	}
}

func TestExtensionServer(t *testing.T) {
	x := newTideServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := session.Open(ctx, x.srv.Pipe(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Login(s, "alice", secretOf("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if !s.Caps().Has("XTIDE") || len(s.Caps().Values("XTIDE=")) != 1 {
		t.Errorf("capabilities: %v", s.Caps())
	}

	// A standard command is answered with the extension's response code.
	var high string
	call := session.Start[struct{}](s, session.Command{
		Name: "NOOP", In: session.Authenticated, Answers: session.TaggedOnly,
		Done: func(r *parser.Response) error { high = string(r.Code.Name) + " " + string(r.Code.Args); return nil },
	}, nil)
	if _, err := call.Wait(ctx); err != nil || high != "TIDEHIGH 7" {
		t.Errorf("NOOP: code %q, %v", high, err)
	}
	box, err := commands.Select(s, "INBOX").Wait(ctx)
	if err != nil || box.Exists != 3 {
		t.Fatalf("Select: got %+v, %v", box, err)
	}

	// The extension's command is answered with its response, or refused with its response code.
	got, err := commands.Execute(s, "GETTIDE", nil).Wait(ctx)
	if err != nil || len(got.Data) != 1 || got.Data[0].Name != "TIDE" || string(got.Data[0].Payload) != "INBOX 12" {
		t.Errorf("GETTIDE: %+v, %v", got.Data, err)
	}
	_, err = commands.Execute(s, "GETTIDE", func(e *wire.Encoder) { e.SP().Number(9) }).Wait(ctx)
	var refused *session.Error
	if !asError(err, &refused) || refused.Code.Name != "TIDELOST" || !errors.Is(err, parser.CodeName("TIDELOST")) {
		t.Errorf("GETTIDE 9: %v", err)
	}

	// The item is fetched with a section, whole and in part.
	whole, part := fetchTide("3"), fetchTide("3").Part(5, 4)
	var texts []string
	for m, err := range commands.Fetch(s, numset.Of(numset.UID, 2), fetch.UID, whole, part).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		a, ok1 := whole.Of(m)
		b, ok2 := part.Of(m)
		texts = append(texts, a, b, fmt.Sprint(ok1, ok2, m.UID))
	}
	if want := `["tide of 1 metres" "of 1" "true true 2"]`; fmt.Sprintf("%q", texts) != want {
		t.Errorf("FETCH: %q, want %s", texts, want)
	}

	// STORE changes the extension's item, and a search key finds the messages.
	texts = nil
	for m, err := range commands.StoreExt(s, numset.Of(numset.UID, 1, 3), commands.AddFlags, tide(10)).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		h, ok := storedTide.Of(m)
		texts = append(texts, fmt.Sprintf("%d %s %v", m.UID, h, ok))
	}
	if want := `["1 10 true" "3 12 true"]`; fmt.Sprintf("%q", texts) != want {
		t.Errorf("STORE: %q, want %s", texts, want)
	}
	if err := commands.StoreExt(s, numset.Of(numset.UID, 2), commands.SetFlags.Silent(), tide(4)).Wait(ctx); err != nil || x.height[2] != 4 {
		t.Errorf("silent STORE: %v, %v", x.height, err)
	}
	atLeast := func(n uint64) search.Key { return func(e *wire.Encoder) { e.Raw("TIDE").SP().Number64(n) } }
	for want, key := range map[string]search.Key{"1,3": atLeast(10), "2": search.Not(atLeast(10)), "3": search.And(atLeast(10), atLeast(11))} {
		if r, err := commands.Search(s, numset.UID, key).Wait(ctx); err != nil || r.Found.String() != want {
			t.Errorf("SEARCH: %v, want %s: %v", r.Found, want, err)
		}
	}

	// CREATE and APPEND send the extension's parameters.
	if _, err := commands.CreateWith(s, "Work", commands.CreateParam{Needs: "XTIDE", Write: withTide(3)}).Wait(ctx); err != nil {
		t.Error(err)
	}
	if _, err := commands.Append(s, "Work", strings.NewReader("text"), -1, commands.WithExt(commands.AppendExt{Needs: "XTIDE", Write: withTide(6)})).Wait(ctx); err != nil {
		t.Error(err)
	}
	if want := `["alice, 3 messages" "CREATE Work [] TIDE 3" "APPEND Work TIDE 6 \"text\""]`; fmt.Sprintf("%q", x.received) != want {
		t.Errorf("the server received %q, want %s", x.received, want)
	}

	// LIST is also answered with the extension's responses.
	heights := map[string]uint64{}
	var names []string
	for l, err := range commands.List(s, "", "*", returnTide(heights)).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, l.Name())
	}
	if fmt.Sprint(names, heights) != "[INBOX Work] map[INBOX:5 Work:5]" {
		t.Errorf("LIST: %q, %v", names, heights)
	}
	clear(heights)
	details, err := commands.ListDetails(s, "", []string{"*"}, returnTide(heights)).Wait(ctx)
	if err != nil || len(details) != 2 || len(heights) != 2 {
		t.Errorf("%d mailboxes, %v, %v", len(details), heights, err)
	}
}

// TestExtensionNeeds checks that nothing is sent to a server without the extension.
func TestExtensionNeeds(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Login(s, "alice", secretOf("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		t.Fatal(err)
	}
	one := numset.Of(numset.UID, 1)
	for name, do := range map[string]func() error{
		"FETCH": func() error { return commands.Fetch(s, one, fetchTide("1")).Wait(ctx) },
		"STORE": func() error { return commands.StoreExt(s, one, commands.SetFlags, tide(1)).Wait(ctx) },
		"CREATE": func() error {
			_, err := commands.CreateWith(s, "x", commands.CreateParam{Needs: "XTIDE", Write: withTide(1)}).Wait(ctx)
			return err
		},
		"APPEND": func() error {
			_, err := commands.Append(s, "INBOX", strings.NewReader("x"), -1, commands.WithExt(commands.AppendExt{Needs: "XTIDE", Write: withTide(1)})).Wait(ctx)
			return err
		},
		"LIST": func() error { return commands.List(s, "", "*", returnTide(map[string]uint64{})).Wait(ctx) },
	} {
		var needs *session.CapabilityError
		if err := do(); !asError(err, &needs) || needs.Needs != "XTIDE" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Invalid sections are not sent.
	var arg *wire.ArgumentError
	for _, item := range []fetch.Ext[string]{fetchTide("1]["), fetchTide("1\r\n"), storedTide.Part(0, 5)} {
		item.Needs = ""
		if err := commands.Fetch(s, one, item).Wait(ctx); !asError(err, &arg) {
			t.Errorf("%+v: %v", item.Section, err)
		}
	}
}
