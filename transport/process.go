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
	// defaultGrace is how long Close waits for the program to end, after it has closed the program's input.
	defaultGrace = 3 * time.Second
	// stderrWait is how long to wait for the end of a program's standard error after the program has ended. A child
	// process of the program may hold it open, as the master of a shared SSH connection does.
	stderrWait = 500 * time.Millisecond
)

// A Command is a Dialer that starts a program. The connection consists of the program's standard input and output. Each
// Dial starts the program again. The fields may be changed before Dial.
//
// The program runs in a session of its own, with pipes and without a terminal. So signals from the keyboard do not
// reach it, and Close can end it together with the processes that it has started, except for those that have left its
// process group. Secure returns true for the connection.
//
// If the program has failed, Write returns an *ExitError, and so does Read after the last output. If the program has
// ended successfully, Read returns io.EOF after the last output. Close closes the program's input, drops the rest of
// its output, and waits for the program to end. If the program has not ended after Grace, Close kills it. Close also
// returns an *ExitError, unless the program ended successfully.
type Command struct {
	// Name is the program. As exec.Command does, Dial looks it up in PATH. Args are its arguments.
	Name string
	Args []string
	// Dir is the working directory of the program; empty means the current directory.
	Dir string
	// Env is the environment of the program, in the form "key=value"; nil means that of this process.
	Env []string
	// Stderr receives the standard error of the program. If Stderr is nil, the last 2 KiB appear in the ExitError.
	// Several connections may write to Stderr at the same time.
	Stderr io.Writer
	// Grace is how long Close waits for the program to end before it kills the program; 0 means 3 seconds.
	Grace time.Duration
	// Terminal lets the program use the terminal, for example to ask for a passphrase. The program then receives
	// signals from the keyboard, and Close kills only the program, and not the processes that it has started.
	Terminal bool

	pump bool // for tests: act as if pipes had no deadlines
}

// Process returns a Command that runs the program name with args, for example Process("ssh", "host", "imapd").
func Process(name string, args ...string) *Command {
	return &Command{Name: name, Args: args}
}

// Dial starts the program. The end of ctx does not end the program. If the program cannot be found or started, the
// error wraps the error of os/exec, such as exec.ErrNotFound or fs.ErrPermission.
func (c *Command) Dial(ctx context.Context) (Conn, error) {
	if ctx.Err() != nil {
		return nil, dialError(ctx, "process", context.Cause(ctx))
	}
	p, err := c.start()
	if err != nil {
		return nil, dialError(ctx, "process", err)
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
	// These are the program's ends of the pipes. The method wait closes them after it has learned the exit status. So
	// when Read reaches the end of the output, it knows the exit status. Otherwise Read would have to wait for the
	// status, and no deadline could end that wait.
	childIn, childOut io.Closer

	reading sync.Mutex    // held by Read; Close takes it to read the rest of the output
	done    chan struct{} // closed when the program has ended
	exit    error         // how the program has ended; valid after done is closed

	mu      sync.Mutex
	closing bool
	once    sync.Once
	end     error // the result of Close
}

// Secure returns true, because nobody can read the pipes between this process and the program.
func (p *process) Secure() bool { return true }

// wait waits for the program to end, and notes its exit status. It runs in a goroutine, which ends with the program.
func (p *process) wait() {
	err := p.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		p.exit = &ExitError{Name: p.name, Stderr: p.tail.String(), Err: exit}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		p.exit = dialError(context.Background(), p.name, err)
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
	<-p.done // the method wait closes p.done before it closes the output, so this does not block
	if p.exit != nil {
		return n, p.exit
	}
	return n, io.EOF
}

// Write writes to the program's standard input. If a deadline ends a Write, the rest may be written by another Write.
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

// SetReadDeadline bounds all reads, even one that is waiting.
func (p *process) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return p.opError("set", net.ErrClosed)
	}
	return p.out.SetReadDeadline(t)
}

// SetWriteDeadline bounds all writes, even one that is waiting.
func (p *process) SetWriteDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return p.opError("set", net.ErrClosed)
	}
	return p.in.SetWriteDeadline(t)
}

// Abort kills the program at once. If the program has ended already, Abort kills nothing: the system may have given the
// number of its process group to another program.
func (p *process) Abort() error {
	if !p.hasEnded() {
		kill(p.cmd, p.group)
	}
	return p.Close()
}

// Close ends the program. Further calls return the same result.
func (p *process) Close() error {
	p.once.Do(func() { p.end = p.close() })
	return p.end
}

func (p *process) close() error {
	p.mu.Lock()
	p.closing = true
	p.out.SetReadDeadline(time.Unix(1, 0)) // ends a Read that is waiting
	p.mu.Unlock()
	p.in.Close()

	// Read the rest of the output, so that the program can write it and end successfully.
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

// ended waits for the program to end, for d at most, and reports whether it has ended.
func (p *process) ended(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return p.hasEnded()
	}
}

// hasEnded reports whether the program has ended.
func (p *process) hasEnded() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
