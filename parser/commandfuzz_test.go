package parser

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// goldenCommands returns the commands of testdata/commands.txt.
func goldenCommands(t testing.TB) []string {
	b, err := os.ReadFile("testdata/commands.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, line := range strings.Split(string(b), "\n") {
		if in, ok := strings.CutPrefix(line, "C: "); ok {
			list = append(list, unescape(in)+"\r\n")
		}
	}
	return list
}

// FuzzCommand reads a stream of commands. A client that waits before each literal must be able to send every command
// that was decoded, with the same meaning. The result of decoding must not depend on the pieces in which the stream
// arrives.
func FuzzCommand(f *testing.F) {
	for _, c := range goldenCommands(f) {
		f.Add(c)
	}
	for _, c := range rfcLines(f, "C") {
		f.Add(c)
	}
	f.Add("A1 NOOP\r\nA2 APPEND x {3+}\r\nabc\r\nA3 LOGOUT\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		lim := wire.Limits{Message: 1 << 16, Inline: 64, Literal: 1 << 20}
		whole := streamLog(t, NewCommandReader(wire.NewReader(strings.NewReader(text), lim)), true)
		pieces := streamLog(t, NewCommandReader(wire.NewReader(&hiccup{b: []byte(text)}, lim)), false)
		if d := cmp.Diff(whole, pieces); d != "" {
			t.Fatalf("reading octet by octet (+) gives another result than reading at once (-):\n%s", d)
		}
	})
}

// streamLog reads all commands of a stream, and returns the result of each. If recode is set, it also calls roundTrip
// for each command that is not streamed.
func streamLog(t *testing.T, r *CommandReader, recode bool) (log []string) {
	r.OnLiteral(accept)
	for {
		h, err := r.Next()
		var bad *BadCommand
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
		case errors.As(err, &bad):
			if len(bad.Text()) > maxText || strings.ContainsAny(bad.Text(), "\r\n\x00") {
				t.Fatalf("the text of the BadCommand is too long or not one line: %q", bad.Text())
			}
			log = append(log, string(bad.Tag)+" BAD")
		case err != nil:
			return append(log, err.Error())
		default:
			log = append(log, string(h.Tag)+" "+h.String())
			if recode && !r.Streaming() {
				roundTrip(t, r, h)
			} else if _, err = decodeAnyRetrying(r); err != nil && !errors.As(err, &bad) {
				return append(log, err.Error())
			}
		}
	}
}

// roundTrip decodes the arguments of the current command, encodes them, and decodes them again.
func roundTrip(t *testing.T, r *CommandReader, h *CommandHead) {
	a, err := decodeAny(r)
	if err != nil {
		return
	}
	head := CommandHead{Tag: []byte("A1"), Name: h.Name, UID: h.UID}
	out, err := encodeCommand(&head, a)
	if err != nil && (strings.Contains(err.Error(), "holds NUL") || strings.Contains(err.Error(), "secret cannot be sent")) {
		// A server accepts a literal with NUL. A client sends NUL only in a literal8 (RFC 9051 §4.3.1).
		return
	}
	if err != nil {
		// Decode has accepted arguments that a client cannot send, such as a word with octets above 127. This is a
		// defect, because no rule in CommandRules accepts them.
		t.Fatalf("%s: the arguments %+v were decoded, but cannot be encoded: %v", h, a, err)
	}
	r2 := NewCommandReader(wire.NewReader(strings.NewReader(out), wire.Limits{}))
	r2.OnLiteral(accept)
	r2.SetRules(wire.Strict)
	if _, err := r2.Next(); err != nil {
		t.Fatalf("Encode wrote %q, and Next cannot read it: %v", out, err)
	}
	b, err := decodeAny(r2)
	if err != nil {
		t.Fatalf("Encode wrote %q, and Decode cannot read it: %v", out, err)
	}
	if d := cmp.Diff(a, b, sameArgs); d != "" {
		t.Fatalf("Encode wrote %q, which is decoded (+) differently from the original (-):\n%s", out, d)
	}
	out2, err := encodeCommand(&head, b)
	if err != nil || out2 != out {
		t.Fatalf("Encode wrote %q, and after decoding that, %q, error %v", out, out2, err)
	}
	if _, err := r2.Next(); err != io.EOF {
		t.Fatalf("Next returned %v after %q, want io.EOF", err, out)
	}
}

// fuzzArgs is a fuzz target for the arguments of the commands with the given names. The seeds are from the golden
// commands and from the RFCs.
func fuzzArgs(f *testing.F, names ...string) {
	for _, c := range append(goldenCommands(f), rfcLines(f, "C")...) {
		r := NewCommandReader(wireReader(c))
		r.OnLiteral(accept)
		h, err := r.Next()
		if err != nil {
			continue
		}
		for _, n := range names {
			if h.Name == n {
				f.Add(string(r.Decoder().Rest()))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range names {
			for _, uid := range []string{"", "UID "} {
				if uid != "" && !takesUID(n) {
					continue
				}
				r := NewCommandReader(wireReader("A1 " + uid + n + " " + text + "\r\n"))
				r.OnLiteral(accept)
				if h, err := r.Next(); err == nil && !r.Streaming() {
					roundTrip(t, r, h)
				}
			}
		}
	})
}

func FuzzFetchArgs(f *testing.F)  { fuzzArgs(f, "FETCH", "CONVERT", "PARTIAL") }
func FuzzStoreArgs(f *testing.F)  { fuzzArgs(f, "STORE", "COPY", "EXPUNGE") }
func FuzzSearchArgs(f *testing.F) { fuzzArgs(f, "SEARCH", "SORT", "THREAD", "ESEARCH") }
func FuzzAppendArgs(f *testing.F) { fuzzArgs(f, "APPEND", "REPLACE") }
func FuzzListArgs(f *testing.F) {
	fuzzArgs(f, "LIST", "STATUS", "SELECT", "CREATE", "RENAME", "NOTIFY")
}
func FuzzOtherArgs(f *testing.F) {
	fuzzArgs(f, "ID", "ENABLE", "LOGIN", "AUTHENTICATE", "COMPRESS", "LANGUAGE", "CANCELUPDATE", "UIDBATCHES", "XAPPLEPUSHSERVICE",
		"GENURLAUTH", "URLFETCH", "RESETKEY", "SETACL", "LISTRIGHTS", "SETQUOTA", "GETMETADATA", "SETMETADATA", "GETANNOTATION",
		"SETANNOTATION", "CONVERSIONS", "X-UNKNOWN")
}

// FuzzSearchKey decodes a search key as DecodeProgram does, encodes it, and decodes it again.
func FuzzSearchKey(f *testing.F) {
	f.Add("OR SMALLER 5000 FROM \"boss@example.com\"")
	f.Add("(NOT (SEEN OR 1:* UID 5,7)) MODSEQ \"/flags/\\\\draft\" all 5")
	f.Add("OR OR ALL ALL OR ALL OR ALL NOT FUZZY (ALL)")
	f.Fuzz(func(t *testing.T, text string) {
		d := wire.NewDecoder([]byte(text))
		d.SetRules(CommandRules)
		var k SearchKey
		if k.DecodeProgram(d) != nil || !d.AtEnd() {
			return
		}
		e := wire.NewEncoder(wire.Mode{Server: true, Binary: true, UTF8: true})
		k.EncodeProgram(e)
		if e.Err() != nil {
			t.Fatalf("the key %+v was decoded, but cannot be encoded: %v", k, e.Err())
		}
		d = wire.NewDecoder(e.Bytes())
		d.SetRules(wire.Strict)
		var k2 SearchKey
		if err := k2.DecodeProgram(d); err != nil || !d.AtEnd() {
			t.Fatalf("EncodeProgram wrote %q, and DecodeProgram cannot read it: %v", e.Bytes(), err)
		}
		if diff := cmp.Diff(k, k2, sameArgs); diff != "" {
			t.Fatalf("EncodeProgram wrote %q, which is decoded (+) differently from the original (-):\n%s", e.Bytes(), diff)
		}
	})
}

// FuzzSectionSpec decodes a section in brackets, encodes it, and decodes it again.
func FuzzSectionSpec(f *testing.F) {
	for _, s := range []string{"[]", "[1.2.HEADER.FIELDS (DATE \"a b\")]", "[TEXT]", "[1.MIME]", "[3]", "[0]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := wire.NewDecoder([]byte(text))
		d.SetRules(CommandRules)
		var s, s2 SectionSpec
		if s.Decode(d) != nil {
			return
		}
		e := wire.NewEncoder(wire.Mode{Server: true, Binary: true, UTF8: true})
		s.Encode(e)
		if e.Err() != nil {
			t.Fatalf("the section %+v was decoded, but cannot be encoded: %v", s, e.Err())
		}
		d = wire.NewDecoder(e.Bytes())
		d.SetRules(wire.Strict)
		if err := s2.Decode(d); err != nil || len(d.Rest()) > 0 || !s.Equal(&s2) {
			t.Fatalf("Encode wrote %q, which is decoded as %+v, error %v, want %+v", e.Bytes(), s2, err, s)
		}
	})
}
