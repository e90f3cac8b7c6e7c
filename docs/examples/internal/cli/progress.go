package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Progress prints lines, and, on a terminal, a bar below them; in a pipe there is no bar. It is safe for use by several goroutines.
type Progress struct {
	mu          sync.Mutex
	w           io.Writer
	bar         bool
	shown       bool
	last        time.Time
	done, total int
	text        string
}

// NewProgress prints to w.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{w: w}
	if f, ok := w.(*os.File); ok {
		if st, err := f.Stat(); err == nil {
			p.bar = st.Mode()&os.ModeCharDevice != 0
		}
	}
	return p
}

// Expect says that there is more to do.
func (p *Progress) Expect(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += n
}

// Step says that something was done, and what is at hand.
func (p *Progress) Step(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.text = text
	if p.bar && (time.Since(p.last) > 100*time.Millisecond || p.done == p.total) {
		p.last = time.Now()
		p.draw()
	}
}

// Line prints a line.
func (p *Progress) Line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
	if p.bar && p.total > 0 {
		p.draw()
	}
}

// Close takes the bar away.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.bar = false
}

func (p *Progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

func (p *Progress) draw() {
	const width = 30
	p.clear()
	total := max(p.total, 1)
	full := min(width, p.done*width/total)
	text := []rune(Visible(p.text))
	if len(text) > 30 {
		text = append(text[:29], '…')
	}
	fmt.Fprintf(p.w, "[%s%s] %d/%d %s", strings.Repeat("=", full), strings.Repeat(" ", width-full), p.done, p.total, string(text))
	p.shown = true
}
