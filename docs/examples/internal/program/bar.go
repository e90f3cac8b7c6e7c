package program

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/imapstack/imapstack/utils/displaysafe"
)

// Bar shows a program's progress in the last line of a terminal. If the output is not a terminal, it shows nothing.
// Several goroutines may use it. A nil Bar does nothing.
type Bar struct {
	w     io.Writer
	every time.Duration

	mu    sync.Mutex
	done  int64
	all   int64
	text  string
	next  time.Time // when to draw again
	drawn bool
}

// NewBar returns a bar for a terminal, or nil if f is not a terminal.
func NewBar(f *os.File) *Bar {
	st, err := f.Stat()
	null, nullErr := os.Stat(os.DevNull)
	if err != nil || st.Mode()&os.ModeCharDevice == 0 || nullErr == nil && os.SameFile(st, null) {
		return nil
	}
	return &Bar{w: f, every: 100 * time.Millisecond}
}

// Expect adds n to the number of things to do.
func (b *Bar) Expect(n int) { b.change(0, int64(n), "") }

// Did adds n to the number of things that are done. If text is not empty, the bar shows it from then on.
func (b *Bar) Did(n int, text string) { b.change(int64(n), 0, text) }

func (b *Bar) change(done, all int64, text string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done, b.all = b.done+done, b.all+all
	if text != "" {
		b.text = text
	}
	if now := time.Now(); now.After(b.next) {
		b.next = now.Add(b.every)
		b.draw()
	}
}

// draw writes the line: a bar of twenty characters, the counts, and the text of Did.
func (b *Bar) draw() {
	part := int64(0)
	if b.all > 0 {
		part = min(b.done, b.all) * 20 / b.all
	}
	text := []rune(displaysafe.Line(b.text))
	if len(text) > 30 {
		text = append(text[:29], '…')
	}
	fmt.Fprintf(b.w, "\r\x1b[K[%-20s] %d/%d %s", strings.Repeat("#", int(part)), b.done, b.all, string(text))
	b.drawn = true
}

// Print writes a line above the bar.
func (b *Bar) Print(w io.Writer, line string) {
	if b == nil {
		fmt.Fprintln(w, line)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	fmt.Fprintln(w, line)
}

// Clear removes the bar.
func (b *Bar) Clear() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

func (b *Bar) clear() {
	if b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.drawn = false
	}
}
