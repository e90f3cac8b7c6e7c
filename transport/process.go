package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	// defaultGrace is how long Close waits for a program that was told of the end of its input.
	defaultGrace = 3 * time.Second
	// stderrWait is how long the standard error of a program that has ended is waited for, when a child of its
	// own holds it open, as the master of a shared SSH connection does.
	stderrWait = 500 * time.Millisecond
)

// A Command is a Dialer that starts a program and speaks with it over its standard input and output. Each Dial
// starts it anew. The fields may be changed before Dial.
//
// The program has pipes, no terminal, and a session of its own, so that a signal from the keyboard does not
// reach it, and Close can end it with all that it started. The connection counts as secure.
//
// When the program has ended, a Write, and a Read after its last output, return an *ExitError; if it ended with
// success, Read returns io.EOF. Close closes the program's input, waits for its end, reading on and dropping what it
// still says, and kills it if the wait is too long. Close returns an *ExitError as well, unless the program ended
// with success.
type Command struct {
	// Name is the program, looked for in PATH, as exec.Command does it. Args are its arguments.
	Name string
	Args []string
	// Dir is where it runs; empty is the current directory.
	Dir string
	// Env is its environment, in the form "key=value"; nil is this process's own.
	Env []string
	// Stderr is where its standard error goes. If it is nil, the end of it is kept, and told in the error when
	// the program fails. Several connections write to it at the same time.
	Stderr io.Writer
	// Grace is how long Close waits for the program to end by itself; 0 is 3 seconds.
	Grace time.Duration
	// Terminal leaves the program the terminal, so that it can ask for a passphrase there. It then gets the
	// signals of the keyboard, and Close kills it alone and not what it started.
	Terminal bool

	pump bool // as if pipes had no deadlines
}

// Process returns a Command, which may be used as a Dialer as it is: Process("ssh", "host", "imapd").
func Process(name string, args ...string) *Command {
	return &Command{Name: name, Args: args}
}

// Dial starts the program. The context does not end it. An error from looking for the program or from starting
// it wraps what os/exec says: exec.ErrNotFound, fs.ErrPermission.
func (c *Command) Dial(ctx context.Context) (Conn, error) {
	if ctx.Err() != nil {
		return nil, failed(ctx, "process", context.Cause(ctx))
	}
	p, err := c.start()
	if err != nil {
		return nil, failed(ctx, "process", err)
	}
	return p, nil
}

func (c *Command) start() (_ *process, err error) {
	var open []io.Closer
	defer func() {
		if err != nil {
			for _, f := range open {
				f.Close()
			}
		}
	}()
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	open = append(open, childIn, in)
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	open = append(open, out, childOut)

	p := &process{
		name: c.Name, grace: c.Grace, in: in, out: out,
		childIn: childIn, childOut: childOut, done: make(chan struct{}),
	}
	if p.grace <= 0 {
		p.grace = defaultGrace
	}
	p.cmd = exec.Command(c.Name, c.Args...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = c.Dir, c.Env, c.Stderr
	p.cmd.Stdin, p.cmd.Stdout = childIn, childOut
	if c.Stderr == nil {
		p.tail = new(tail)
		p.cmd.Stderr = p.tail
	}
	p.cmd.WaitDelay = stderrWait
	if p.group = !c.Terminal; p.group {
		detach(p.cmd)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if c.pump || errors.Is(in.SetWriteDeadline(time.Time{}), os.ErrNoDeadline) {
		p.in, p.out = newPump(in, out)
	}
	go p.wait()
	return p, nil
}

type inPipe interface {
	io.WriteCloser
	SetWriteDeadline(time.Time) error
}

type outPipe interface {
	io.ReadCloser
	SetReadDeadline(time.Time) error
}

// process is a connection to a running program.
type process struct {
	cmd   *exec.Cmd
	name  string
	grace time.Duration
	group bool
	tail  *tail

	in  inPipe
	out outPipe
	// The program's own ends are kept open until it has been waited for. So the end of its output is never seen
	// before its exit status is known, and no Read has to wait for that with no deadline of its own.
	childIn, childOut io.Closer

	reading sync.Mutex    // held by Read, so that Close reads on when it has left
	done    chan struct{} // closed when the program has ended
	exit    error         // valid when done is closed

	mu      sync.Mutex
	closing bool
	once    sync.Once
	end     error // what Close returns
}

// Secure says that nobody is between us and a process.
func (p *process) Secure() bool { return true }

// wait notes how the program ends. It ends with it.
func (p *process) wait() {
	err := p.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		p.exit = &ExitError{Name: p.name, Stderr: p.tail.String(), Err: exit}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		p.exit = failed(context.Background(), p.name, err)
	}
	close(p.done)
	p.childIn.Close()
	p.childOut.Close()
}

func (p *process) isClosing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closing
}

// Read reads from the program's standard output.
func (p *process) Read(b []byte) (int, error) {
	if p.isClosing() {
		return 0, p.opError("read", net.ErrClosed)
	}
	p.reading.Lock()
	n, err := p.out.Read(b)
	p.reading.Unlock()
	switch {
	case err == nil:
		return n, nil
	case p.isClosing():
		return n, p.opError("read", net.ErrClosed)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, p.opError("read", os.ErrDeadlineExceeded)
	case err != io.EOF:
		return n, p.opError("read", err)
	}
	<-p.done // it is closed before the output
	if p.exit != nil {
		return n, p.exit
	}
	return n, io.EOF
}

// Write writes to the program's standard input. A Write that is cut short may be taken up again.
func (p *process) Write(b []byte) (int, error) {
	n, err := p.in.Write(b)
	switch {
	case err == nil:
		return n, nil
	case p.isClosing():
		return n, p.opError("write", net.ErrClosed)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, p.opError("write", os.ErrDeadlineExceeded)
	}
	select {
	case <-p.done:
		if p.exit != nil {
			return n, p.exit
		}
	default:
	}
	return n, p.opError("write", err)
}

func (p *process) opError(op string, err error) error {
	return &net.OpError{Op: "transport: " + op, Net: p.name, Err: err}
}

// SetReadDeadline bounds reads, those that wait as well.
func (p *process) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return p.opError("set", net.ErrClosed)
	}
	return p.out.SetReadDeadline(t)
}

// SetWriteDeadline bounds writes, those that wait as well.
func (p *process) SetWriteDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return p.opError("set", net.ErrClosed)
	}
	return p.in.SetWriteDeadline(t)
}

// Abort ends the program without giving it time to end by itself.
func (p *process) Abort() error {
	kill(p.cmd, p.group)
	return p.Close()
}

// Close ends the program. Every call returns how it ended.
func (p *process) Close() error {
	p.once.Do(func() { p.end = p.close() })
	return p.end
}

func (p *process) close() error {
	p.mu.Lock()
	p.closing = true
	p.out.SetReadDeadline(time.Unix(1, 0)) // wakes a Read
	p.mu.Unlock()
	p.in.Close()

	// A program that has something to say yet is not to fail because nobody listens.
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		p.reading.Lock()
		defer p.reading.Unlock()
		p.out.SetReadDeadline(time.Time{})
		io.Copy(io.Discard, p.out)
	}()
	killed := !p.ended(p.grace)
	if killed {
		kill(p.cmd, p.group)
	}
	gone := !killed || p.ended(p.grace+stderrWait)
	p.out.Close()
	<-drained

	switch {
	case !gone:
		return p.opError("close", errors.New("the program cannot be killed"))
	case killed:
		e := ExitError{Name: p.name, Killed: true}
		if exit, ok := p.exit.(*ExitError); ok {
			e = *exit
			e.Killed = true
		}
		return &e
	}
	return p.exit
}

// ended reports whether the program has ended, and waits for it no longer than d.
func (p *process) ended(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}
