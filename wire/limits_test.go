package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/imapstack/imapstack/wire"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// TestSkipLimit drops a line over Limits.Message. If the rest of it is within Limits.Skip, the Reader finds the next
// message. If the rest is longer, the stream ends.
func TestSkipLimit(t *testing.T) {
	for _, c := range []struct {
		size  int
		fails bool
	}{{100, false}, {1000, false}, {3000, true}} {
		r := wire.NewReader(iotest.OneByteReader(strings.NewReader(strings.Repeat("x", c.size)+"\r\nnext\r\n")), wire.Limits{Message: 16, Skip: 1500})
		var d wire.Decoder
		var limit *wire.LimitError
		if err := r.Next(&d); !errors.As(err, &limit) || limit.What != "message" {
			t.Errorf("a line of %d octets: %v, want a LimitError for the message", c.size, err)
		}
		err := r.Next(&d)
		if c.fails {
			if !errors.As(err, &limit) || limit.What != "skipped data" || r.Err() == nil || r.Next(&d) != r.Err() {
				t.Errorf("a line of %d octets: Next: %v, Err() = %v; want a LimitError for skipped data", c.size, err, r.Err())
			}
		} else if err != nil || string(d.Raw()) != "next\r\n" {
			t.Errorf("after a line of %d octets: %v, %q", c.size, err, d.Raw())
		}
	}
}

// TestSkipLimitOfLiterals drops literals. If a literal over Limits.Skip would have to be dropped, the stream ends
// before its octets arrive. If the literals of a message are smaller, the stream ends when the sum of the octets
// dropped is over Limits.Skip. Octets that the program has read do not count.
func TestSkipLimitOfLiterals(t *testing.T) {
	const skip = 1000
	one := fmt.Sprintf("* X {%d}\r\n%s", 400, strings.Repeat("x", 400))
	three := one + strings.Repeat(" {400}\r\n"+strings.Repeat("x", 400), 2)
	for _, c := range []struct {
		name, in string
		read     bool
		size     int64 // LimitError.Size; 0 if no error is expected
	}{
		{"none", one, false, 0},
		{"announced", "* X {1001}\r\n", false, 1001},
		{"announced and refused", "* X {1001+}\r\n", false, 1001},
		{"in sum", three, false, 1200},
		{"read", three, true, 0},
		{"one read, one announced", one + " {1001}\r\n", true, 1001},
	} {
		for name, f := range map[string]func(r *wire.Reader, d *wire.Decoder) error{
			"Skip": func(r *wire.Reader, d *wire.Decoder) error { return r.Skip() },
			"Next": func(r *wire.Reader, d *wire.Decoder) error { return r.Next(d) },
			"Continue": func(r *wire.Reader, d *wire.Decoder) error {
				for {
					if err := r.Continue(d); err == io.EOF {
						return nil
					} else if err != nil {
						return err
					}
				}
			},
			"Discard": func(r *wire.Reader, d *wire.Decoder) error {
				for r.Streaming() {
					d.Seek(bytes.IndexByte(d.Raw(), '{'))
					if err := retry(d.Literal().Discard); err != nil {
						return err
					}
					if err := retry(func() error { return r.Continue(d) }); err != nil {
						return err
					}
				}
				return nil
			},
		} {
			for _, p := range pieces {
				r, d := wire.NewReader(p.make(c.in+"\r\nnext\r\n"), wire.Limits{Inline: 300, Skip: skip}), new(wire.Decoder)
				err := retry(func() error { return r.Next(d) })
				if err == nil {
					err = retry(func() error { return r.Extend(d) })
				}
				for err == nil && c.read && r.Streaming() && !strings.Contains(string(d.Raw()), "1001") {
					d.Seek(bytes.IndexByte(d.Raw(), '{'))
					lit := d.Literal()
					if err = retry(func() error { _, err := lit.WriteTo(io.Discard); return err }); err == nil {
						err = retry(func() error { return r.Continue(d) })
					}
				}
				if err == nil {
					err = retry(func() error { return f(r, d) })
				}
				var limit *wire.LimitError
				if c.size != 0 && (!errors.As(err, &limit) || limit.What != "skipped data" || limit.Limit != skip || limit.Size < c.size || limit.Size > c.size+30 || r.Err() != err) || c.size == 0 && err != nil {
					t.Errorf("%s, %s, %s: %v, want a LimitError of size %d (0: none)", c.name, name, p.name, err, c.size)
				}
			}
		}
	}
}

func TestLimitDefaults(t *testing.T) {
	want := wire.Limits{Message: 64 << 20, Inline: 64 << 10, Depth: 64, Literal: 1 << 40, Skip: 1 << 30, Items: 1 << 24}
	for _, l := range []wire.Limits{{}, {Message: -1, Inline: -1, Depth: -1, Literal: -1, Skip: -1, Items: -1}} {
		if got := l.WithDefaults(); got != want {
			t.Errorf("%+v", got)
		}
		if got := wire.NewReader(nil, l).Limits(); got != want {
			t.Errorf("%+v", got)
		}
	}
	own := wire.Limits{Message: 1, Inline: 2, Depth: 3, Literal: 4, Skip: 6, Items: 5}
	if own.WithDefaults() != own {
		t.Error("WithDefaults changes its receiver")
	}
}

// A message over Limits.Message is an error, and the Reader then finds the next message.
func TestMessageLimit(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, tt := range []struct {
		name, in string
		step     string // the method that fails, or "" if none does
		shown    string // what d has after the error
		size     int64
	}{
		{"first line", "a " + long + "\r\n", "Next", "a " + long[:98], 104},
		{"first line by one", "a" + long[:98] + "\r\n", "Next", "a" + long[:98] + "\r", 101},
		{"first line with a literal", "a " + long + " {6}\r\nb\r\nc\r\n tail\r\n", "Next", "a " + long[:98], 108},
		{"first line with a non-synchronizing literal", "a " + long + " {6+}\r\nb\r\nc\r\n {3}\r\nd\r\n\r\n", "Next", "a " + long[:98], 109},
		{"second line", "a {3}\r\nb\r\n " + long + "\r\n", "Extend", "a {3}\r\n", 113},
		{"third line", "a {3}\r\nb\r\n {1}\r\nx " + long + " {2}\r\n\r\n\r\n", "Extend", "a {3}\r\nb\r\n {1}\r\n", 123},
		{"second stride", "a {90}\r\n" + long[:90] + " " + long + " {2}\r\n\r\n\r\n", "Continue", "a {90}\r\n", 115},
		{"second stride, after a literal", "a {90}\r\n" + long[:90] + " {3}\r\nabc" + long + "\r\n", "Continue", "a {90}\r\n", 119},
		{"none", "a" + long[:97] + "\r\n", "", "a" + long[:97] + "\r\n", 0},
		{"none, a literal is streamed instead", "a {99}\r\n" + long[:99] + "\r\n", "", "\r\n", 0},
	} {
		for _, p := range pieces {
			t.Run(tt.name+"/"+p.name, func(t *testing.T) {
				r, d := wire.NewReader(p.make(tt.in+"z\r\n"), wire.Limits{Message: 100, Inline: 50}), new(wire.Decoder)
				step := "Next"
				err := retry(func() error { return r.Next(d) })
				if err == nil {
					step, err = "Extend", retry(func() error { return r.Extend(d) })
				}
				if err == nil && r.Streaming() {
					step, err = "Continue", retry(func() error { return r.Continue(d) })
				}
				var limit *wire.LimitError
				if tt.step == "" && err != nil || tt.step != "" && (step != tt.step || !errors.As(err, &limit) ||
					limit.What != "message" || limit.Limit != 100 || limit.Size <= 100 || limit.Size > tt.size+2) {
					t.Errorf("%s: %v, want a LimitError for the message in %q (\"\": none)", step, err, tt.step)
				}
				if string(d.Raw()) != tt.shown {
					t.Errorf("shown %q, want %q", d.Raw(), tt.shown)
				}
				if err != nil {
					// Until the next message, Extend, Continue, Join and Relay return the same error.
					if r.Extend(d) != err || r.Continue(d) != err || r.Join(d) != err {
						t.Error("Extend, Continue or Join returns another error than the first one")
					}
					if n, e := wire.Relay(io.Discard, r); n != 0 || e != err {
						t.Error("Relay:", n, e)
					}
					if r.Err() != nil || r.Streaming() {
						t.Errorf("the stream has ended, or a literal is streamed: %v, %v", r.Err(), r.Streaming())
					}
				}
				if err := retry(func() error { return r.Next(d) }); err != nil || string(d.Raw()) != "z\r\n" {
					t.Errorf("next message: %q, %v", d.Raw(), err)
				}
				if err := r.Extend(d); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A literal over Limits.Literal ends the stream as soon as it is announced.
func TestLiteralLimit(t *testing.T) {
	for _, size := range []string{"1001", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
		"99999999999999999999999999999999999999", strings.Repeat("9", 50), strings.Repeat("0", 50) + "1", strings.Repeat("0", 80) + "1"} {
		for _, suffix := range []string{"", "+"} {
			for where, in := range map[string]string{
				"first":        "* X {" + size + suffix + "}\r\nabc",
				"second":       "* X {1}\r\na ~{" + size + suffix + "}\r\nabc",
				"later stride": "* X {900}\r\n" + strings.Repeat("x", 900) + " {" + size + suffix + "}\r\nabc",
				"long line":    "* X " + strings.Repeat("x", 200) + " {" + size + suffix + "}\r\nabc",
			} {
				for skip, f := range map[string]func(r *wire.Reader, d *wire.Decoder) error{
					"Extend": func(r *wire.Reader, d *wire.Decoder) error {
						if err := r.Extend(d); err != nil {
							return err
						}
						return r.Continue(d)
					},
					"Skip":  func(r *wire.Reader, d *wire.Decoder) error { return r.Skip() },
					"Next":  func(r *wire.Reader, d *wire.Decoder) error { r.Extend(d); return r.Next(d) },
					"Relay": func(r *wire.Reader, d *wire.Decoder) error { _, err := wire.Relay(io.Discard, r); return err },
				} {
					r, d := reading(in, wire.Limits{Inline: 100, Literal: 1000, Message: 200})
					err := r.Next(d)
					if where == "long line" {
						err = r.Skip()
					} else if err == nil {
						err = f(r, d)
					}
					var limit *wire.LimitError
					if !errors.As(err, &limit) || limit.What != "literal" || limit.Limit != 1000 || limit.Size <= 1000 {
						t.Errorf("%s, %s, %s: %v, want a LimitError for the literal", size, where, skip, err)
					}
					// Each further call returns the error, and d has no octets that could be taken for a message.
					for range 2 {
						if e := r.Next(d); e != r.Err() || e == nil || len(d.Raw()) != 0 || d.Err() != nil {
							t.Errorf("%s, %s, %s: Next again: %v, %q; want the error that ended the stream, and no octets", size, where, skip, e, d.Raw())
						}
						if r.Skip() != r.Err() || r.Extend(d) != r.Err() || r.Continue(d) != r.Err() || r.Join(d) != r.Err() {
							t.Error("Extend, Continue or Join returns another error than the first one")
						}
					}
				}
			}
		}
	}
	// Even with the highest limit, the Reader does not accept a literal of math.MaxInt64 octets.
	r, d := reading("* X {9223372036854775807}\r\n", wire.Limits{Literal: 1<<63 - 1})
	r.Next(d)
	if err := r.Extend(d); err == nil {
		t.Error("a literal of 8 EiB is accepted")
	}
	r, d = reading("* X {1000}\r\n"+strings.Repeat("x", 1000)+"\r\n", wire.Limits{Literal: 1000})
	next(t, r, d)
}

// A Reader's memory grows with the octets that have arrived, not with the size that a literal announces.
func TestMemoryOfAnnouncements(t *testing.T) {
	for _, lim := range []wire.Limits{{Skip: 1 << 40}, {Inline: 1 << 30, Message: 1 << 31, Skip: 1 << 40}} {
		for _, size := range []string{"65535", "1000000000", "99999999999"} {
			n := allocated(func() {
				r, d := reading("* X {"+size+"}\r\n"+strings.Repeat("x", 20000), lim)
				r.Next(d)
				if err := r.Extend(d); err == nil {
					err = r.Continue(d)
					if err != io.ErrUnexpectedEOF {
						t.Error(err)
					}
				}
			})
			if n > 200<<10 {
				t.Errorf("{%s}: %d bytes allocated for 20,000 octets", size, n)
			}
		}
	}
	// AppendTo does not allocate memory for the announced size either.
	n := allocated(func() {
		r, d := reading("* X {1000000000}\r\nabc", wire.Limits{})
		next(t, r, d)
		d.Seek(4)
		if _, err := d.Literal().AppendTo(nil, 1<<40); err != io.ErrUnexpectedEOF {
			t.Error(err)
		}
	})
	if n > 100<<10 {
		t.Errorf("AppendTo: %d bytes allocated", n)
	}
}

// repeat is a stream that consists of n copies of s.
type repeat struct {
	s   string
	off int
	n   int
}

func (f *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) && f.n > 0 {
		m := copy(p[n:], f.s[f.off:])
		n += m
		if f.off += m; f.off == len(f.s) {
			f.off = 0
			f.n--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Skip, Next and Relay do not hold a long message in memory, whatever the size of its lines and literals.
func TestMemoryOfSkipping(t *testing.T) {
	const total = 16 * hostile
	page := strings.Repeat("y", 70<<10)
	for name, tt := range map[string]struct{ head, body string }{
		"an endless line":      {"* SEARCH", " 123456789"},
		"an endless atom":      {"* ", strings.Repeat("x", 1000)},
		"one octet literals":   {"* X {1}\r\n", "x {1}\r\n"},
		"empty literals":       {"* X {0}\r\n", " {0}\r\n"},
		"small literals":       {"* X {5}\r\n", "x\r\n\r\ny {5}\r\n"},
		"large literals":       {fmt.Sprintf("* X {%d}\r\n", len(page)), fmt.Sprintf("%s {%d}\r\n", page, len(page))},
		"lines of some length": {"* X {1}\r\n", "x" + strings.Repeat("y", 5000) + " {1}\r\n"},
		"long lines":           {"* X {1}\r\n", "x" + strings.Repeat("y", 90000) + " {1}\r\n"},
	} {
		for method, f := range map[string]func(r *wire.Reader, d *wire.Decoder) error{
			"Skip":  func(r *wire.Reader, d *wire.Decoder) error { return r.Skip() },
			"Next":  func(r *wire.Reader, d *wire.Decoder) error { r.Extend(d); return r.Next(d) },
			"Relay": func(r *wire.Reader, d *wire.Decoder) error { _, err := wire.Relay(io.Discard, r); return err },
		} {
			in := io.MultiReader(strings.NewReader(tt.head), &repeat{s: tt.body, n: total / len(tt.body)})
			n := allocated(func() {
				r, d := wire.NewReader(in, wire.Limits{Message: 100 << 10}), new(wire.Decoder)
				err := r.Next(d)
				if endless := tt.head[len(tt.head)-1] != '\n'; err == nil || endless {
					err = f(r, d)
				}
				if err == nil || method == "Skip" && err != io.ErrUnexpectedEOF {
					t.Errorf("%s, %s: %v, want an error; for Skip, io.ErrUnexpectedEOF", name, method, err)
				}
			})
			if n > 1<<20 {
				t.Errorf("%s, %s: %d bytes allocated for %d octets skipped", name, method, n, total)
			}
		}
	}
}

func TestSkipGibibyte(t *testing.T) {
	size := int64(1024 * hostile) // 1 GiB, and 128 MiB under the race detector, which is slow
	for name, f := range map[string]func(r *wire.Reader, d *wire.Decoder) error{
		"Skip":     func(r *wire.Reader, d *wire.Decoder) error { return r.Skip() },
		"Next":     func(r *wire.Reader, d *wire.Decoder) error { return nil },
		"Continue": func(r *wire.Reader, d *wire.Decoder) error { return r.Continue(d) },
	} {
		n := allocated(func() {
			r := wire.NewReader(io.MultiReader(strings.NewReader(fmt.Sprintf("* X {%d}\r\n", size)),
				io.LimitReader(zeros{}, size), strings.NewReader(" tail\r\n* 1 EXISTS\r\n")), wire.Limits{Skip: 2 << 30})
			d := new(wire.Decoder)
			next(t, r, d)
			if err := f(r, d); err != nil {
				t.Errorf("%s of 1 GiB: %v", name, err)
			}
			if err := r.Next(d); err != nil || string(d.Raw()) != "* 1 EXISTS\r\n" {
				t.Errorf("after %s: the next message: %q, %v", name, d.Raw(), err)
			}
		})
		if n > 512<<10 { // the Reader may allocate arrays of 32, 128 and 256 KiB
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}

// After a very long message, the Reader frees the array that held it.
func TestLargeArraysAreFreed(t *testing.T) {
	const size = 8 << 20
	small := strings.Repeat("* 1 FETCH (FLAGS ())\r\n", 20000)
	f := &feed{in: []byte("* SEARCH " + strings.Repeat("1 ", size/2) + "\r\n" + small), piece: func() int { return 16 << 10 }}
	r, d := wire.NewReader(f, wire.Limits{}), new(wire.Decoder)
	next(t, r, d)
	if len(d.Raw()) < size {
		t.Errorf("the long line is shown with %d octets, want at least %d", len(d.Raw()), size)
	}
	for range 1000 {
		next(t, r, d)
	}
	d.Reset(nil)
	var mem runtime.MemStats
	f.in = []byte(strings.Clone(string(f.in[len(f.in)/2:])))
	runtime.GC()
	runtime.ReadMemStats(&mem)
	if mem.HeapAlloc > size {
		t.Errorf("%d bytes in use after a very long message", mem.HeapAlloc)
	}
	if err := r.Next(d); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(r)
}
