package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// fetchLines returns n FETCH responses, each with a UID and two flags.
func fetchLines(n int) []byte {
	var b bytes.Buffer
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "* %d FETCH (UID %d FLAGS (\\Seen $Forwarded))\r\n", i, i*2)
	}
	return b.Bytes()
}

// BenchmarkReader reads messages without lexing them.
func BenchmarkReader(b *testing.B) {
	const n = 500_000
	in := fetchLines(n)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := wire.NewReader(bytes.NewReader(in), wire.Limits{})
		var d wire.Decoder
		for range n {
			if err := r.Next(&d); err != nil {
				b.Fatal(err)
			}
			if err := r.Extend(&d); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/msg")
}

// lexFetch lexes one response of fetchLines.
func lexFetch(d *wire.Decoder) (uid uint32, flags int) {
	d.Want('*')
	d.SP()
	d.Number()
	d.SP()
	d.Atom()
	d.SP()
	for range d.List {
		switch item := d.Atom(); {
		case string(item) == "UID":
			d.SP()
			uid = d.Number()
		case string(item) == "FLAGS":
			d.SP()
			for range d.List {
				d.Intern(d.Flag())
				flags++
			}
		default:
			d.SP()
			d.Value()
		}
	}
	d.CRLF()
	return uid, flags
}

// BenchmarkFetchLines reads messages and lexes all of them.
func BenchmarkFetchLines(b *testing.B) {
	const n = 500_000
	in := fetchLines(n)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := wire.NewReader(bytes.NewReader(in), wire.Limits{})
		var d wire.Decoder
		for i := range n {
			if err := r.Next(&d); err != nil {
				b.Fatal(err)
			}
			if err := r.Extend(&d); err != nil {
				b.Fatal(err)
			}
			uid, flags := lexFetch(&d)
			if d.Err() != nil || uid != uint32(i+1)*2 || flags != 2 {
				b.Fatal(uid, flags, d.Err())
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/msg")
}

// BenchmarkValue skips the items of a FETCH response with Value.
func BenchmarkValue(b *testing.B) {
	in := []byte(`(ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800" "a \"quoted\" subject" (("Terry Gray" NIL "gray" "cac.washington.edu")) NIL NIL NIL NIL NIL NIL "<B27397-0100000@cac.washington.edu>") BODY[HEADER.FIELDS (DATE FROM)] NIL)` + "\r\n")
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	d := wire.NewDecoder(in)
	for b.Loop() {
		d.Rewind(0)
		if d.Value(); d.Err() != nil {
			b.Fatal(d.Err())
		}
	}
}

// BenchmarkSearch lexes one line of 1,000,000 numbers.
func BenchmarkSearch(b *testing.B) {
	const n = 1_000_000
	in := []byte("* SEARCH")
	for i := range n {
		in = append(in, ' ')
		in = strconv.AppendInt(in, int64(i)*3+1, 10)
	}
	in = append(in, "\r\n"...)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := wire.NewReader(bytes.NewReader(in), wire.Limits{})
		var d wire.Decoder
		if err := r.Next(&d); err != nil {
			b.Fatal(err)
		}
		if err := r.Extend(&d); err != nil {
			b.Fatal(err)
		}
		d.Want('*')
		d.SP()
		d.Atom()
		count := 0
		for d.GotSP() {
			d.Number()
			count++
		}
		if d.CRLF(); d.Err() != nil || count != n {
			b.Fatal(count, d.Err())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
}

// BenchmarkQuoted lexes strings such as those in envelopes, with and without escapes.
func BenchmarkQuoted(b *testing.B) {
	for _, bb := range []struct{ name, in string }{
		{"plain", `"Re: the subject of a message, as people write them" `},
		{"escapes", `"Re: the \"subject\" of a message, as people write \\" `},
	} {
		b.Run(bb.name, func(b *testing.B) {
			d := wire.NewDecoder([]byte(bb.in))
			b.SetBytes(int64(len(bb.in)))
			b.ReportAllocs()
			for b.Loop() {
				d.Reset(d.Raw())
				if d.Quoted(); d.Err() != nil {
					b.Fatal(d.Err())
				}
			}
		})
	}
}

// BenchmarkLiteral streams one literal of 64 MiB.
func BenchmarkLiteral(b *testing.B) {
	const size = 64 << 20
	for _, bb := range []struct {
		name string
		take func(l *wire.Literal) error
	}{
		{"WriteTo", func(l *wire.Literal) error { _, err := l.WriteTo(io.Discard); return err }},
		{"Read", func(l *wire.Literal) error {
			_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{l}, make([]byte, 32<<10))
			return err
		}},
		{"Discard", (*wire.Literal).Discard},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				r := wire.NewReader(io.MultiReader(
					bytes.NewReader(fmt.Appendf(nil, "* 1 FETCH (BODY[] {%d}\r\n", size)),
					io.LimitReader(zeros{}, size),
					bytes.NewReader([]byte(" UID 7)\r\n"))), wire.Limits{})
				var d wire.Decoder
				if err := r.Next(&d); err != nil {
					b.Fatal(err)
				}
				if err := r.Extend(&d); err != nil {
					b.Fatal(err)
				}
				for !d.Is('{') {
					d.Seek(d.Pos() + 1)
				}
				l := d.Literal()
				if d.Err() != nil {
					b.Fatal(d.Err())
				}
				if err := bb.take(l); err != nil {
					b.Fatal(err)
				}
				if err := r.Continue(&d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncoder encodes a FETCH response in a server's mode.
func BenchmarkEncoder(b *testing.B) {
	e := wire.NewEncoder(wire.Mode{Server: true})
	b.ReportAllocs()
	for b.Loop() {
		e.Reset(e.Mode())
		e.Byte('*').SP().Number(12).SP().Raw("FETCH (UID ").Number(17).Raw(" FLAGS (").
			Flag(`\Seen`).SP().Flag("$Forwarded").Raw(") ENVELOPE (").String("Re: hello").SP().NIL().Raw("))").CRLF()
		if e.Err() != nil {
			b.Fatal(e.Err())
		}
	}
}
