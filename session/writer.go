package session

import (
	"io"
	"sync"
	"time"
)

// piece is a part of a command that can be written without waiting for the server: the octets b, and after them the
// octets of body.
type piece struct {
	p    *pending
	b    []byte
	body io.Reader
	size int64
	then progress // the command's progress after the piece has been written; queued means that it does not change
}

// bufSize is how many octets, at most, are joined into one write.
const bufSize = 64 << 10

// A writer writes pieces on its own goroutine while the session reads. The session uses one if the pieces do not fit
// into the buffers between client and server, or if a body comes from a reader that may block. Without a writer, a
// server that sends before it reads would wait for the session, and the session for the server.
//
// A body is a reader of the program. So the writer calls its Read only while a call of the program drives the
// session, and pauses in between. It does not pause while it writes octets that the session holds.
type writer struct {
	l      *link
	pieces []piece
	done   chan error // the writer's result

	mu      sync.Mutex
	changed *sync.Cond
	at      int   // index of the current piece, or the number of pieces
	paused  bool  // no body may be read
	reading bool  // a Read of a body is in progress
	killed  error // why the writer must stop; nil if it need not
}

// startWriter starts a writer for the pieces.
func (s *Session) startWriter(pieces []piece) {
	w := &writer{l: s.link, pieces: pieces, done: make(chan error, 1)}
	w.changed = sync.NewCond(&w.mu)
	s.writer = w
	s.link.setWriterActive(true)
	go func() {
		err := w.run()
		w.l.wakeReader()
		w.done <- err // afterwards the connection may belong to another link
	}()
}

// run writes the pieces.
func (w *writer) run() error {
	g := gatherTo(writerEnd{w.l})
	defer g.release(bufSize)
	for i := range w.pieces {
		x := &w.pieces[i]
		skip, err := w.startPiece(i)
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		if err := g.add(x.b); err != nil {
			return err
		}
		if x.body == nil {
			continue
		}
		if err := w.copy(g, x); err != nil {
			return err
		}
	}
	if _, err := w.startPiece(len(w.pieces)); err != nil {
		return err
	}
	return g.flush()
}

// startPiece makes piece i the current one. skip is set if its command has been withdrawn.
func (w *writer) startPiece(i int) (skip bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = i
	return i < len(w.pieces) && w.pieces[i].p == nil, w.killed
}

// copy writes the body of a piece.
func (w *writer) copy(g *gatherer, x *piece) error {
	memory := inMemory(x.body)
	for n := int64(0); n < x.size; {
		if !memory {
			// The Read may block, and the octets before it must not wait for that.
			if err := g.flush(); err != nil {
				return err
			}
		}
		if len(g.buf) == cap(g.buf) {
			if err := g.flush(); err != nil {
				return err
			}
		}
		if err := w.beginRead(); err != nil {
			return err
		}
		room := g.buf[len(g.buf):cap(g.buf)]
		k, err := readBody(x.body, room[:min(int64(len(room)), x.size-n)])
		if killed := w.endRead(); killed != nil {
			return killed
		}
		g.buf = g.buf[:len(g.buf)+k]
		n += int64(k)
		if err != nil && n < x.size {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			g.flush()
			return &bodyError{size: x.size, n: n, err: err}
		}
	}
	return nil
}

// beginRead waits until the writer may read a body.
func (w *writer) beginRead() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.paused && w.killed == nil {
		w.changed.Wait()
	}
	w.reading = w.killed == nil
	return w.killed
}

func (w *writer) endRead() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = false
	w.changed.Broadcast()
	return w.killed
}

// pause keeps the writer from reading bodies, until resume is called. If a Read is in progress, pause waits with
// awaitRead for its end. If the Read ends later, the writer still uses what it has read.
func (w *writer) pause(wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.paused {
		w.paused = true
		w.awaitRead(wait)
	}
}

// awaitRead waits for a Read that is in progress, for at most the duration wait, or without a limit if wait is negative.
// The caller holds w.mu.
func (w *writer) awaitRead(wait time.Duration) {
	if !w.reading {
		return
	}
	late := false
	if wait >= 0 {
		t := time.AfterFunc(wait, func() {
			w.mu.Lock()
			late = true
			w.mu.Unlock()
			w.changed.Broadcast()
		})
		defer t.Stop()
	}
	for w.reading && !late {
		w.changed.Wait()
	}
}

// resume lets the writer read bodies again.
func (w *writer) resume() {
	w.mu.Lock()
	w.paused = false
	w.mu.Unlock()
	w.changed.Broadcast()
}

// kill stops the writer. cause becomes the writer's error, unless the writer was killed before. Then kill waits, with
// awaitRead, for a Read that is in progress. If the Read ends later, its result is dropped.
func (w *writer) kill(cause error, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed == nil {
		w.killed = cause
	}
	w.changed.Broadcast()
	w.awaitRead(wait)
}

// withdraw removes the pieces of a command. It returns false, and removes none, if the writer has begun one of them.
func (w *writer) withdraw(p *pending) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.pieces {
		if w.pieces[i].p == p && i <= w.at {
			return false
		}
	}
	for i := range w.pieces {
		if w.pieces[i].p == p {
			w.pieces[i] = piece{}
		}
	}
	return true
}

// bodyUnfinished reports whether the writer has not read a body of the command to its end.
func (w *writer) bodyUnfinished(p *pending) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := max(w.at, 0); i < len(w.pieces); i++ {
		if w.pieces[i].p == p && w.pieces[i].body != nil {
			return true
		}
	}
	return false
}

// onlyLastLeft reports whether the writer has nothing left to write but, at most, the octets of the last piece.
func (w *writer) onlyLastLeft() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at >= len(w.pieces) || w.at == len(w.pieces)-1 && w.pieces[w.at].body == nil
}

// A gatherer joins small writes into larger ones. It passes large writes on as they are.
type gatherer struct {
	w     io.Writer
	buf   []byte // in array
	array [bufSize]byte
}

var gatherers = sync.Pool{New: func() any { return new(gatherer) }}

func gatherTo(w io.Writer) *gatherer {
	g := gatherers.Get().(*gatherer)
	g.w, g.buf = w, g.array[:0]
	return g
}

// release puts g into the pool. Before that, it clears the first n octets of the array, because they may be secret. g
// must not have used more than these.
func (g *gatherer) release(n int) {
	clear(g.array[:n])
	g.w = nil
	gatherers.Put(g)
}

func (g *gatherer) add(b []byte) error {
	if len(g.buf)+len(b) > cap(g.buf) {
		if err := g.flush(); err != nil {
			return err
		}
	}
	if len(b) > cap(g.buf) {
		_, err := g.w.Write(b)
		return err
	}
	g.buf = append(g.buf, b...)
	return nil
}

func (g *gatherer) flush() error {
	if len(g.buf) == 0 {
		return nil
	}
	_, err := g.w.Write(g.buf)
	g.buf = g.buf[:0]
	return err
}

// writerEnd writes to a link from the goroutine of a writer.
type writerEnd struct{ l *link }

func (e writerEnd) Write(b []byte) (int, error) { return e.l.writeFromWriter(b) }
