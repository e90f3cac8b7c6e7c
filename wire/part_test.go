package wire_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// list is a function to pass to OnLong. It divides lines that begin with "* LIST ".
func list(line []byte) wire.Parts {
	if bytes.HasPrefix(line, []byte("* LIST ")) {
		return wire.Parts{Head: 7, Sep: ' ', Stop: '('}
	}
	return wire.Parts{}
}

// longLine returns a line with n numbers, followed by tail.
func longLine(n int, tail string) string {
	var b strings.Builder
	b.WriteString("* LIST")
	for i := range n {
		b.WriteString(" " + strconv.Itoa(i))
	}
	return b.String() + tail + "\r\n"
}

// joined reads all lines of r, and joins the parts of each line. The result parts counts the parts, without the last
// part of each line.
func joined(t *testing.T, r *wire.Reader) (lines []string, parts int) {
	t.Helper()
	d, line := new(wire.Decoder), ""
	for {
		err := r.Next(d)
		if err == errCut {
			continue
		}
		var limit *wire.LimitError
		if err != nil && !errors.As(err, &limit) {
			if err != io.EOF {
				t.Error(err)
			}
			return lines, parts
		}
		text := string(d.Raw())
		if r.Continues() != (line != "") {
			t.Fatalf("%q: Continues() = %v, want %v", text, r.Continues(), line != "")
		}
		if line != "" {
			line += " "
			text = strings.TrimPrefix(text, "* LIST ")
		}
		line += text
		if r.More() {
			if strings.ContainsAny(text, "\r\n") || len(text) > 200<<10 {
				t.Fatalf("a part has a line end or more than 200 KiB: %q", text)
			}
			parts++
			continue
		}
		lines, line = append(lines, line), ""
	}
}

func TestParts(t *testing.T) {
	for name, test := range map[string]struct {
		in    string
		least int // the least number of parts, not counting the last part of each line
		lim   wire.Limits
	}{
		"short":             {in: longLine(100, "") + "* 1 EXISTS\r\n"},
		"long":              {in: longLine(50_000, "") + "* 1 EXISTS\r\n", least: 2},
		"with an end":       {in: longLine(20_000, " (MODSEQ 5)") + "* 1 EXISTS\r\n", least: 1},
		"an end at once":    {in: "* LIST (MODSEQ 5)\r\n* 1 EXISTS\r\n"},
		"several":           {in: longLine(20_000, "") + longLine(20_000, " (MODSEQ 5)") + "* 1 EXISTS\r\n", least: 2},
		"small":             {in: longLine(300, " (MODSEQ 5)") + "* 1 EXISTS\r\n", lim: wire.Limits{Message: 128}, least: 2},
		"small, whole":      {in: "* LIST" + strings.Repeat(" 1", 60) + "\r\n* 1 EXISTS\r\n", lim: wire.Limits{Message: 128}},
		"small, just over":  {in: "* LIST" + strings.Repeat(" 1", 61) + "\r\n* 1 EXISTS\r\n", lim: wire.Limits{Message: 128}, least: 1},
		"spaces":            {in: "* LIST 1" + strings.Repeat(" ", 300) + "2\r\n* 1 EXISTS\r\n", lim: wire.Limits{Message: 128}, least: 1},
		"another, not long": {in: "* OTHER 1 2 3\r\n" + longLine(9000, "") + "* OTHER 1\r\n", least: 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range pieces {
				r := wire.NewReader(p.make(test.in), test.lim)
				r.OnLong(list)
				lines, parts := joined(t, r)
				if got := strings.Join(lines, ""); got != test.in {
					t.Errorf("%s: %d octets became %d", p.name, len(test.in), len(got))
				}
				if strings.HasPrefix(p.name, "octet") && parts < test.least || test.least == 0 && parts > 0 {
					t.Errorf("%s: %d parts, want at least %d", p.name, parts, test.least)
				}
			}
			if len(test.in) > 2000 {
				return
			}
			for at := range len(test.in) + 1 {
				r := wire.NewReader(cutAt(test.in, at), test.lim)
				r.OnLong(list)
				if lines, _ := joined(t, r); strings.Join(lines, "") != test.in {
					t.Errorf("cut at %d: %q", at, lines)
				}
			}
		})
	}
}

// After some parts of a line have been shown, Skip drops the rest of the message, and Relay relays the rest, with the
// literals in it.
func TestPartsSkipRelay(t *testing.T) {
	lim := wire.Limits{Message: 128, Inline: 24}
	for name, in := range map[string]string{
		"plain":           longLine(300, ""),
		"with an end":     longLine(300, " (MODSEQ 5)"),
		"a literal":       longLine(300, " {9}\r\n* 9 LIST 1 x"),
		"a large literal": longLine(300, " {40}\r\n"+strings.Repeat("y", 40)),
		"literals":        longLine(300, " {3}\r\nabc {40}\r\n"+strings.Repeat("y", 40)+" z"),
		"not a number":    longLine(300, " "+strings.Repeat("(", 20)),
	} {
		for shown := 1; shown < 4; shown++ {
			for _, p := range pieces {
				f := p.make("* 1 EXISTS\r\n" + in + "* 2 EXISTS\r\n")
				r, d := wire.NewReader(f, lim), new(wire.Decoder)
				r.OnLong(list)
				try := func(f func() error) {
					t.Helper()
					for {
						if err := f(); err == nil {
							return
						} else if err != errCut {
							t.Fatalf("%s, %s: a call fails, and no cut was its cause: %v", name, p.name, err)
						}
						r.Shrink()
					}
				}
				try(func() error { return r.Next(d) })
				before := ""
				for i := range shown {
					try(func() error { return r.Next(d) })
					if i+1 < shown {
						text := string(d.Raw())
						if i > 0 {
							text = text[7:]
						}
						before += text + " "
					}
				}
				if !r.More() {
					t.Fatalf("%s, %s: More() = false after the first parts", name, p.name)
				}
				if shown%2 == 1 {
					try(r.Skip)
				} else {
					var out bytes.Buffer
					rnd := rand.New(rand.NewPCG(1, uint64(shown)))
					slow := writerFunc(func(b []byte) (int, error) {
						n := rnd.IntN(len(b) + 1)
						out.Write(b[:n])
						if n < len(b) {
							return n, errCut
						}
						return n, nil
					})
					try(func() error { _, err := wire.Relay(slow, r); return err })
					if got := before + out.String(); got != in {
						t.Errorf("%s, %s: relayed %q", name, p.name, got)
					}
				}
				try(func() error { return r.Next(d) })
				if string(d.Raw()) != "* 2 EXISTS\r\n" || r.Continues() || r.More() {
					t.Errorf("%s, %s, %d shown: then %q", name, p.name, shown, d.Raw())
				}
			}
		}
	}
}

// If a deadline cuts Next short before the next part of a line, Skip drops the rest of the line, and RelayRun does not
// relay a copy of the line's head.
func TestPartsCutThenRelayRun(t *testing.T) {
	in, lim := longLine(200, " {9}\r\n* 9 LIST 1 x"), wire.Limits{Message: 128}
	for at := 128; at < len(in); at++ {
		for name, leave := range map[string]func(w io.Writer, r *wire.Reader) error{
			"RelayRun": func(io.Writer, *wire.Reader) error { return nil },
			"Skip":     func(_ io.Writer, r *wire.Reader) error { return r.Skip() },
		} {
			r, d := wire.NewReader(cutAt(in+"* 2 EXISTS\r\n", at), lim), new(wire.Decoder)
			r.OnLong(list)
			var err error
			for err == nil {
				if err = r.Next(d); err == nil && string(d.Raw()) == "* 2 EXISTS\r\n" {
					break // the stream was cut elsewhere, and there is nothing to test
				}
			}
			if !r.Continues() || err != errCut {
				continue
			}
			var out strings.Builder
			retry(func() error { return leave(&out, r) })
			err = retry(func() error { _, _, err := wire.RelayRun(&out, r, plainLine); return err })
			if out.String() != "* 2 EXISTS\r\n" || err != nil {
				t.Errorf("%s after a cut at %d: %q, %v", name, at, out.String(), err)
			}
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// A line that is shown in parts takes the memory of one part. Limits.Literal bounds the length of the line.
func TestPartsMemory(t *testing.T) {
	const size = 32 << 20
	r, d := wire.NewReader(io.MultiReader(strings.NewReader("* LIST "), io.LimitReader(digits{}, size), strings.NewReader("\r\n* 1 EXISTS\r\n")), wire.Limits{}), new(wire.Decoder)
	r.OnLong(list)
	shown, most := 0, 0
	for more := true; more; more = r.More() {
		if err := r.Next(d); err != nil {
			t.Fatal(err)
		}
		shown += len(d.Raw()) - len("* LIST")
		most = max(most, len(d.Raw()))
	}
	if shown < size || most > 300<<10 {
		t.Errorf("%d octets shown, at most %d at a time; want %d, at most 300 KiB", shown, most, size)
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != "* 1 EXISTS\r\n" {
		t.Errorf("after the long line: %q, %v", d.Raw(), err)
	}

	r = wire.NewReader(io.MultiReader(strings.NewReader("* LIST "), digits{}), wire.Limits{Literal: 1 << 20})
	r.OnLong(list)
	var limit *wire.LimitError
	for !errors.As(r.Next(d), &limit) {
	}
	if limit.What != "line" || r.Err() == nil {
		t.Errorf("%v, Err() = %v; want a LimitError for the line", limit, r.Err())
	}
}

// digits is an endless stream of numbers.
type digits struct{}

func (digits) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "1234567 "[i%8]
	}
	return len(p), nil
}

// A part is no longer valid when the next part is shown.
func TestPartsPoison(t *testing.T) {
	r, d := reading(longLine(300, ""), wire.Limits{Message: 128})
	r.OnLong(list)
	next(t, r, d)
	b := d.Raw()[7:40]
	next(t, r, d)
	if void := strings.Count(string(b), "#") == len(b); void != race {
		t.Errorf("overwritten: %v, want %v: %q", void, race, b)
	}
}
