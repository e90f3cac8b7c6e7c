package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// serverKind is a kind of server. It decides in which form strings are sent, and in which state the session is.
type serverKind struct {
	name  string
	greet string
	utf8  bool // UTF8=ACCEPT is enabled
	state session.State
}

const recorderCaps = " ACL QUOTA QUOTASET METADATA ANNOTATEMORE ANNOTATE-EXPERIMENT-1 SORT SORT=DISPLAY THREAD=REFS URLAUTH URLAUTH=BINARY LANGUAGE I18NLEVEL=2 NOTIFY CONVERT " +
	"MULTISEARCH CATENATE REPLACE MULTIAPPEND UIDPLUS MOVE CONDSTORE ENABLE ESEARCH SEARCHRES WITHIN FILTERS OBJECTID SAVEDATE PREVIEW ID NAMESPACE LIST-EXTENDED LIST-STATUS LIST-METADATA " +
	"LIST-MYRIGHTS SPECIAL-USE CREATE-SPECIAL-USE CONTEXT=SEARCH CONTEXT=SORT X-GM-EXT-1 XLIST MAILBOX-REFERRALS XAPPLEPUSHSERVICE UNSELECT SEARCH=FUZZY MESSAGELIMIT=100 PARTIAL X-NETSCAPE PROXYAUTH"

// serverKinds have servers for the three forms of strings: synchronizing literals, non-synchronizing literals, and
// UTF-8. They also differ in the state of the session.
var serverKinds = []serverKind{
	{name: "rev1", greet: "PREAUTH [CAPABILITY IMAP4rev1" + recorderCaps + "] hi", state: session.Selected},
	{name: "literal+", greet: "PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ BINARY" + recorderCaps + "] hi", state: session.Selected},
	{name: "utf8", greet: "PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- BINARY UTF8=ACCEPT" + recorderCaps + "] hi", utf8: true, state: session.Selected},
	{name: "authenticated", greet: "PREAUTH [CAPABILITY IMAP4rev1" + recorderCaps + "] hi", state: session.Authenticated},
	{name: "login", greet: "OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=X-RAW] hi", state: session.NotAuthenticated},
	{name: "login, SASL-IR", greet: "OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN AUTH=X-RAW] hi", state: session.NotAuthenticated},
}

// leaf is a string in the arguments that were received, with the path of the fields to it.
type leaf struct{ path, value string }

// heard is a command as the server has understood it.
type heard struct {
	name   string
	leaves []leaf
	err    error
}

// recorder is a server that reads commands with the parser for servers, and records them.
type recorder struct {
	serverKind
	conn io.ReadWriteCloser
	r    *parser.CommandReader
	mu   sync.Mutex
	list []heard
	read func(parser.Args) string // formats the arguments; nil if their fields are compared
}

// newRecorder returns a session and the recorder that it is connected to.
func newRecorder(t testing.TB, ctx context.Context, w serverKind) (*session.Session, *recorder) {
	t.Helper()
	c, srv := imaptest.Pipe(0)
	j := &recorder{serverKind: w, conn: srv, r: parser.NewCommandReader(wire.NewReader(srv, wire.Limits{}))}
	// Clients can send flags with "]", because some servers send such flags. So the recorder accepts them.
	j.r.SetRules(parser.CommandRules | 1<<parser.RuleFlagWord)
	go j.serve()
	s, err := session.Open(ctx, c, &session.Config{Limits: wire.Limits{}})
	if err != nil {
		t.Fatal(err)
	}
	if w.utf8 {
		if _, err := commands.Enable(s, "UTF8=ACCEPT").Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if w.state == session.Selected {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	j.take()
	return s, j
}

// take returns the commands that were received since the last call.
func (j *recorder) take() []heard {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := j.list
	j.list = nil
	return list
}

func (j *recorder) say(format string, args ...any) { fmt.Fprintf(j.conn, format+"\r\n", args...) }

func (j *recorder) serve() {
	defer j.conn.Close()
	j.say("* %s", j.greet)
	j.r.OnLiteral(func(l *parser.LiteralRequest) error {
		if l.Sync {
			j.say("+ go on")
		}
		return nil
	})
	for {
		h, err := j.r.Next()
		got := heard{err: err}
		var bad *parser.BadCommand
		if err != nil && !errors.As(err, &bad) {
			return
		}
		tag := ""
		if err == nil {
			got.name = h.String()
			tag = string(h.Tag)
			got.leaves, got.err = j.arguments(h)
		} else {
			tag = string(bad.Tag)
		}
		j.mu.Lock()
		j.list = append(j.list, got)
		j.mu.Unlock()
		switch {
		case got.err != nil:
			j.say("%s BAD %q", tag, got.err)
		case j.state == session.NotAuthenticated:
			j.say("%s NO again", tag)
		case h.Name == "ENABLE" && j.utf8:
			j.say("* ENABLED UTF8=ACCEPT\r\n%s OK", tag)
		case h.Name == "SELECT":
			j.say("* OK [UIDNEXT 1000000]\r\n%s OK", tag)
		default:
			j.say("%s OK", tag)
		}
	}
}

// arguments reads the arguments of the current command, and returns the strings in them.
func (j *recorder) arguments(h *parser.CommandHead) (leaves []leaf, err error) {
	var args parser.Args
	switch h.Name {
	case "APPEND":
		var a parser.AppendArgs
		if err := a.Decode(j.r); err != nil {
			return nil, err
		}
		return appended(&a, nil)
	case "REPLACE":
		var a parser.ReplaceArgs
		if err := a.Decode(j.r); err != nil {
			return nil, err
		}
		return appended(&a.AppendArgs, []leaf{{"Num", fmt.Sprint(a.Num)}})
	default:
		args = parser.NewArgs(h.Name)
	}
	if err := j.r.Decode(args); err != nil {
		return nil, err
	}
	j.mu.Lock()
	read := j.read
	j.mu.Unlock()
	if read != nil {
		return []leaf{{"", read(args)}}, nil
	}
	leaves = flatten(leaves, "", reflect.ValueOf(args))
	if h.Name != "AUTHENTICATE" {
		return leaves, nil
	}
	if args.(*parser.AuthenticateArgs).Initial == nil {
		j.say("+ ")
		answer, err := j.r.ReadAnswer(nil)
		if err != nil {
			return nil, err
		}
		leaves[len(leaves)-1] = leaf{".Initial", string(answer)} // the same path, whether it was sent in the command or in a line of its own
	}
	j.say("+ Z28=")
	answer, err := j.r.ReadAnswer(nil)
	if errors.Is(err, parser.ErrCancelled) {
		return leaves, nil
	}
	return append(leaves, leaf{"Answer", string(answer)}), err
}

// appended reads the arguments of APPEND or REPLACE.
func appended(a *parser.AppendArgs, leaves []leaf) ([]leaf, error) {
	leaves = append(leaves, leaf{".Mailbox", string(a.Mailbox)})
	for m, err := range a.Messages {
		if err != nil {
			return nil, err
		}
		leaves = flatten(leaves, "Flags", reflect.ValueOf(m.Flags))
		leaves = flatten(leaves, "Annotations", reflect.ValueOf(m.Annotations))
		leaves = flatten(leaves, "Ext", reflect.ValueOf(m.Ext))
		for p, err := range m.Parts {
			if err != nil {
				return nil, err
			}
			leaves = append(leaves, leaf{"URL", p.URL}, leaf{"Kind", fmt.Sprint(p.UTF8, p.Binary)})
			if p.Body != nil {
				b, err := io.ReadAll(p.Body)
				if err != nil {
					return nil, err
				}
				leaves = append(leaves, leaf{"Body", string(b)})
			}
		}
	}
	return leaves, nil
}

// flatten appends the strings that v contains, with their paths.
func flatten(leaves []leaf, path string, v reflect.Value) []leaf {
	add := func(s string) []leaf { return append(leaves, leaf{path, s}) }
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return add("-")
		}
		return flatten(leaves, path, v.Elem())
	case reflect.Func:
		return leaves
	case reflect.String:
		return add(v.String())
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			return add(string(v.Bytes()))
		}
		leaves = append(leaves, leaf{path + " of", fmt.Sprint(v.Len())})
		for i := range v.Len() {
			leaves = flatten(leaves, fmt.Sprintf("%s %d", path, i), v.Index(i))
		}
		return leaves
	case reflect.Struct:
		some := false
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				some = true
				leaves = flatten(leaves, path+"."+f.Name, v.Field(i))
			}
		}
		if some {
			return leaves
		}
	}
	return add(fmt.Sprint(v.Interface()))
}

// The sample values. Each row is first called with these, to find out where in the arguments they arrive. Their mixed
// case shows whether the case is kept.
const sampleA, sampleB = "aLpha", "bEta"

// upper converts ASCII letters to upper case, and lower to lower case.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 32
		}
	}
	return string(b)
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 32
		}
	}
	return string(b)
}

// meant returns sample, a string that was received for the sample values, with a and b in place of these values.
func meant(sample, a, b string) string {
	return strings.NewReplacer(sampleA, a, sampleB, b, upper(sampleA), upper(a), upper(sampleB), upper(b), lower(sampleA), lower(a), lower(sampleB), lower(b)).Replace(sample)
}

// boxPath reports whether the leaf at a path is the name of a mailbox, or a pattern of such names, which are encoded.
func boxPath(path string) bool {
	for _, s := range []string{".Mailbox", ".From", ".To", ".Ref", ".Pattern"} {
		if strings.Contains(path, s) {
			return true
		}
	}
	return false
}

// same returns an error unless got is the same as sample, with a and b in the place of the sample values.
func (w *serverKind) same(sample, got []heard, a, b string, names bool) error {
	if len(sample) != len(got) {
		return fmt.Errorf("received %d commands, want %d: %+v", len(got), len(sample), got)
	}
	for i, g := range got {
		if g.err != nil {
			return g.err
		}
		if want := meant(sample[i].name, a, b); want != g.name {
			return fmt.Errorf("received the command %q, want %q", g.name, want)
		}
		if len(g.leaves) != len(sample[i].leaves) {
			return fmt.Errorf("received the strings %+v, want as many as in %+v", g.leaves, sample[i].leaves)
		}
		for k, l := range g.leaves {
			x := sample[i].leaves[k]
			want := meant(x.value, a, b)
			switch {
			case l.path != x.path:
				return fmt.Errorf("received a string in %s, want it in %s", l.path, x.path)
			case l.value == want, strings.HasSuffix(x.path, ".Charset"):
			case strings.HasPrefix(want, `\`) && strings.EqualFold(want, l.value): // flags and special uses ignore case
			case (names || boxPath(l.path)) && (string(parser.AppendMailbox(nil, want, w.utf8)) == l.value || strings.EqualFold(want, l.value) && l.value == parser.Inbox):
			default:
				return fmt.Errorf("%s is %q, want %q", l.path, l.value, want)
			}
		}
	}
	return nil
}

// play calls a row with a and b. It reports whether the row was refused, and returns an error if the server has
// received something else than it should have received.
func (j *recorder) play(ctx context.Context, s *session.Session, row *argRow, sample []heard, a, b string) (refused bool, err error) {
	j.mu.Lock()
	j.read = row.read
	j.mu.Unlock()
	err = row.call(s, a, b)(ctx)
	got := j.take()
	switch {
	case errors.Is(err, context.DeadlineExceeded), s.Err() != nil:
		return false, fmt.Errorf("the session has ended with %v, or the command took too long: %w", s.Err(), err)
	case session.SafeToRetry(err):
		if len(got) > 0 {
			return true, fmt.Errorf("the command was refused (%v), but the server received %+v", err, got)
		}
		return true, nil
	case len(got) == 0:
		return false, fmt.Errorf("the server received nothing: %v", err)
	case row.words:
		if len(got) > 1 {
			return false, fmt.Errorf("the server received %+v, want one command", got)
		}
		return false, nil
	case row.want != nil:
		sample = []heard{{name: got[0].name, leaves: []leaf{{"", row.want(a, b)}}}}
		a, b = sampleA, sampleB
	}
	return false, j.same(sample, got, a, b, row.names)
}

// samples holds the commands that the server received when each row of the table was called with its sample values. The
// key is the name of a serverKind. The value has the commands of each row.
var samples = struct {
	sync.Mutex
	m map[string][][]heard
}{m: map[string][][]heard{}}

// rowsOf returns the rows that can be called on a kind of server, and the commands that the server has received for
// their sample values.
func rowsOf(t testing.TB, w serverKind) (rows []argRow, heards [][]heard) {
	t.Helper()
	for _, r := range argRows {
		if (r.in == 0 && w.state == session.Selected || r.in == w.state) && (!r.utf8 || w.utf8) && (!r.binary || strings.Contains(w.greet, " BINARY ")) {
			rows = append(rows, r)
		}
	}
	samples.Lock()
	defer samples.Unlock()
	if heards = samples.m[w.name]; heards != nil {
		return rows, heards
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s, j := newRecorder(t, ctx, w)
	defer s.Close()
	for _, r := range rows {
		err := r.call(s, sampleA, sampleB)(ctx)
		got := j.take()
		if r.want == nil && !r.words && (session.SafeToRetry(err) || len(got) == 0 || got[0].err != nil) {
			t.Errorf("%s: %s: got error %v; the server received %+v", w.name, r.covers, err, got)
		}
		if r.want == nil && !r.words && !strings.Contains(fmt.Sprintf("%+v", got), sampleA) && !strings.Contains(fmt.Sprintf("%+v", got), upper(sampleA)) && !strings.Contains(fmt.Sprintf("%+v", got), strings.ToLower(sampleA)) {
			t.Errorf("%s: %s: the argument is not in %+v", w.name, r.covers, got)
		}
		heards = append(heards, got)
	}
	samples.m[w.name] = heards
	return rows, heards
}
