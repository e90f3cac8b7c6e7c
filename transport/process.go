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
	// defaultGrace is how long Close waits for a program after it has closed its input.
	defaultGrace = 3 * time.Second
	// stderrWait is how long to wait for the end of a program's standard error after the program has ended. A child of
	// its own may hold it open, as the master of a shared SSH connection does.
	stderrWait = 500 * time.Millisecond
)

// A Command is a Dialer that starts a program and speaks with it over its standard input and output. Each Dial starts
// the program anew. The fields may be changed before Dial.
//
// The program has pipes, no terminal, and a session of its own. So a signal from the keyboard does not reach it, and
// Close can end it with everything that it started. The connection counts as secure.
//
// When the program has ended, a Write, and a Read after its last output, return an *ExitError; if it ended
// successfully, Read returns io.EOF. Close closes the program's input, reads and drops the rest of its output, and
// waits for its end. If that takes too long, Close kills the program. Close returns an *ExitError as well, unless the
// program ended successfully.
type Command struct {
	// Name is the program, which is looked up in PATH as by exec.Command. Args are its arguments.
	Name string
	Args []string
	// Dir is the directory in which it runs; empty means the current one.
	Dir string
	// Env is its environment, in the form "key=value"; nil means that of this process.
	Env []string
	// Stderr receives its standard error. If Stderr is nil, the end of the output is kept for the error when the
	// program fails. Several connections may write to Stderr at the same time.
	Stderr io.Writer
	// Grace is how long Close waits for the program to end by itself; 0 means 3 seconds.
	Grace time.Duration
	// Terminal leaves the terminal to the program, so that it can ask for a passphrase there. The program then receives
	// the signals of the keyboard, and Close kills only the program and not what it started.
	Terminal bool

	pump bool // pretend that pipes have no deadlines
}

// Process returns a Command, which is a Dialer: Process("ssh", "host", "imapd").
func Process(name string, args ...string) *Command {
	return &Command{Name: name, Args: args}
}

// Dial starts the program. The end of ctx does not end the program. If the program cannot be found or started, the
// error wraps that of os/exec: exec.ErrNotFound, fs.ErrPermission.
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
	// The program's ends of the pipes stay open until wait has returned. So a Read never sees the end of the output
	// before the exit status is known, and does not have to wait for that without a deadline.
	childIn, childOut io.Closer

	reading sync.Mutex    // held by Read; Close continues reading after it
	done    chan struct{} // closed when the program has ended
	exit    error         // valid when done is closed

	mu      sync.Mutex
	closing bool
	once    sync.Once
	end     error // what Close returns
}

// Secure returns true, because nobody is between a process and us.
func (p *process) Secure() bool { return true }

// wait records how the program ends. The goroutine ends with the program.
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
	<-p.done // closed before the output
	if p.exit != nil {
		return n, p.exit
	}
	return n, io.EOF
}

// Write writes to the program's standard input. A Write that a deadline ended may be continued.
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

// SetReadDeadline bounds reads, including one that waits.
func (p *process) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return p.opError("set", net.ErrClosed)
	}
	return p.out.SetReadDeadline(t)
}

// SetWriteDeadline bounds writes, including one that waits.
func (p *process) SetWriteDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return p.opError("set", net.ErrClosed)
	}
	return p.in.SetWriteDeadline(t)
}

// Abort kills the program at once.
func (p *process) Abort() error {
	kill(p.cmd, p.group)
	return p.Close()
}

// Close ends the program. Every call returns the same result.
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

	// A program that still has something to write must not fail because nobody reads it.
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

// ended reports whether the program has ended. It waits for d at most.
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
