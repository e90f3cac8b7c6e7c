//go:build unix

package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program returns a Command that runs the test binary, which then calls the function child with mode.
func program(t testing.TB, mode string) *Command {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := Process(exe)
	c.Env = append(os.Environ(), "TRANSPORT_TEST_CHILD="+mode, "GORACE=atexit_sleep_ms=0")
	return c
}

func start(t testing.TB, cmd *Command) Conn {
	t.Helper()
	c, err := cmd.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestProcess(t *testing.T) {
	c := start(t, program(t, "echo"))
	chat(t, c, "a NOOP\r\n")
	chat(t, c, string(sample(50_000)))
	if !Secure(c) {
		t.Error("Secure() = false for a process")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	_, rerr := c.Read(make([]byte, 1))
	_, werr := c.Write([]byte("x"))
	for _, err := range []error{rerr, werr, c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v, want net.ErrClosed", err)
		}
	}
}

func TestProcessSettings(t *testing.T) {
	cmd := program(t, "env")
	cmd.Args = []string{"two words", ""}
	cmd.Env = append(cmd.Env, "WHO=me")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = dir
	c := start(t, cmd)
	got, err := io.ReadAll(c)
	if want := "me " + dir + " [\"two words\" \"\"]\n"; string(got) != want || err != nil {
		t.Errorf("the program's output is %q, %v; want %q", got, err, want)
	}
	if _, err := c.Write(make([]byte, 1<<20)); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write after the end of the program: %v, want EPIPE", err)
	}
}

// A deadline interrupts a Read or a Write that waits. Later calls continue where the interrupted call stopped, without
// loss.
func TestProcessDeadlines(t *testing.T) {
	c := start(t, program(t, "echo"))
	checkTimeout := func(err error) {
		t.Helper()
		var n net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &n) || !n.Timeout() {
			t.Fatal(err)
		}
	}
	c.SetReadDeadline(time.Unix(1, 0))
	_, err := c.Read(make([]byte, 1))
	checkTimeout(err)
	c.SetReadDeadline(time.Time{})
	time.AfterFunc(time.Millisecond, func() { c.SetReadDeadline(time.Unix(1, 0)) })
	_, err = c.Read(make([]byte, 1))
	checkTimeout(err)

	// The program stops reading its input when nobody reads its output.
	text := sample(1 << 20)
	c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	n, err := c.Write(text)
	checkTimeout(err)
	if n == 0 || n == len(text) {
		t.Fatalf("Write took %d bytes of %d before the deadline, want a part of them", n, len(text))
	}
	c.SetWriteDeadline(time.Time{})
	c.SetReadDeadline(time.Time{})
	rest := make(chan error, 1)
	go func() {
		_, err := c.Write(text[n:])
		rest <- err
	}()
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("the program has sent back another text, or too little: %v", err)
	}
	if err := <-rest; err != nil {
		t.Fatal(err)
	}
}

func TestProcessExitStatus(t *testing.T) {
	c := start(t, program(t, "fail cannot chdir to /home/\x1b[2Jnobody\nbye\n"))
	got, err := io.ReadAll(c)
	if string(got) != "* BYE\r\n" {
		t.Errorf("read %q, want the program's output", got)
	}
	_, again := c.Read(make([]byte, 1))
	_, werr := c.Write(make([]byte, 1<<20))
	for what, err := range map[string]error{"Read": err, "Read again": again, "Write": werr, "Close": c.Close()} {
		var exit *ExitError
		var status *exec.ExitError
		if !errors.As(err, &exit) || !errors.As(err, &status) || status.ExitCode() != 3 || exit.Killed {
			t.Errorf("%s: %v, want an ExitError with status 3", what, err)
			continue
		}
		if exit.Stderr != "cannot chdir to /home/\x1b[2Jnobody\nbye" || !strings.Contains(err.Error(), "exit status 3") ||
			!strings.Contains(err.Error(), "nobody") || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: %q: the error lacks the status or standard error, or does not quote it", what, err.Error())
		}
	}
	c = start(t, program(t, "fail-at-end"))
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "exit status 4") || !strings.Contains(err.Error(), "no home") {
		t.Errorf("Close: %v", err)
	}
}

// When a program has ended successfully, Read returns io.EOF, even if a child of the program holds standard error open.
func TestProcessEnds(t *testing.T) {
	c := start(t, program(t, "parent"))
	got, err := io.ReadAll(c)
	if string(got) != "done\n" || err != nil {
		t.Fatalf("the program's output is %q, %v; want \"done\\n\"", got, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestProcessStderr(t *testing.T) {
	cmd := program(t, "fail to the caller\n")
	var b bytes.Buffer
	cmd.Stderr = &b
	c := start(t, cmd)
	_, err := io.ReadAll(c)
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Stderr != "" || b.String() != "to the caller\n" {
		t.Errorf("%v; Stderr has received %q", err, b.String())
	}

	c = start(t, program(t, "noise"))
	_, err = io.ReadAll(c)
	if !errors.As(err, &exit) || len(exit.Stderr) > tailSize ||
		!strings.HasPrefix(exit.Stderr, "line 9") || !strings.HasSuffix(exit.Stderr, "\nline 9999") {
		t.Errorf("%v, want the last lines of standard error, at most 2 KiB", err)
	}
}

// Close reads the last output of a program, so that the program can end successfully.
func TestProcessCloseReadsOn(t *testing.T) {
	if err := start(t, program(t, "late")).Close(); err != nil {
		t.Error(err)
	}
}

// Close kills a program that ignores the end of its input, and the programs that it has started, and ends a Read that
// waits.
func TestProcessCloseKills(t *testing.T) {
	cmd := program(t, "deaf")
	cmd.Grace = 50 * time.Millisecond
	held, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	cmd.Stderr = stderr
	c := start(t, cmd)
	stderr.Close()
	if line, err := readLine(c); line != "ready\n" {
		t.Fatalf("the program's first line is %q, %v; want \"ready\\n\"", line, err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		read <- err
	}()
	err = c.Close()
	var exit *ExitError
	if !errors.As(err, &exit) || !exit.Killed || exit.Err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Close: %v", err)
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	held.SetReadDeadline(time.Now().Add(2 * time.Minute))
	if _, err := io.ReadAll(held); err != nil {
		t.Errorf("a process that the program has started still holds standard error open: %v", err)
	}
}

// Abort kills nothing after the program has ended, because the number of its process group may belong to another program
// by then. In this test, a process that the program has left behind stands for the other program.
func TestProcessAbortAfterEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := start(t, program(t, "leave "+l.Addr().String()))
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := io.ReadAll(c); err != nil { // the program has ended
		t.Fatal(err)
	}
	if err := Abort(c); err != nil {
		t.Error(err)
	}
	chat(t, other, "still there\r\n")
}

// If the context ends during a TLS handshake with a program that ignores signals, Dial kills the program and returns.
func TestProcessHandshakeCancelled(t *testing.T) {
	for what, through := range map[string]func(Dialer) Dialer{
		"StartTLS": func(d Dialer) Dialer { return Layer(d, StartTLS(nil, "localhost")) },
		"FromConn": func(d Dialer) Dialer {
			return DialFunc(func(ctx context.Context) (Conn, error) {
				c, err := d.Dial(ctx)
				if err != nil {
					return nil, err
				}
				t.Cleanup(func() { Abort(c) })
				return FromConn(tls.Client(NetConn(c), &tls.Config{ServerName: "localhost"})).Dial(ctx)
			})
		},
	} {
		cmd := program(t, "mute")
		cmd.Grace = time.Hour
		why := errors.New("the user lost patience")
		ctx, cancel := context.WithCancelCause(t.Context())
		dialled := DialFunc(func(ctx context.Context) (Conn, error) {
			defer time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
			return cmd.Dial(ctx)
		})
		ended := make(chan error, 1)
		go func() {
			_, err := through(dialled).Dial(ctx)
			ended <- err
		}()
		select {
		case err := <-ended:
			if !errors.Is(err, why) {
				t.Errorf("%s: %v, want %v", what, err, why)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s: Dial has not returned two minutes after its context ended", what)
		}
	}
}

// With Terminal, Close kills only the program itself.
func TestProcessTerminal(t *testing.T) {
	cmd := program(t, "deaf alone")
	cmd.Grace = 10 * time.Millisecond
	cmd.Terminal = true
	c := start(t, cmd)
	var exit *ExitError
	if err := c.Close(); !errors.As(err, &exit) || !exit.Killed {
		t.Error(err)
	}
}

func TestProcessDoesNotStart(t *testing.T) {
	_, err := Process("no-such-program-anywhere").Dial(t.Context())
	if !errors.Is(err, exec.ErrNotFound) || !strings.HasPrefix(err.Error(), "transport: ") {
		t.Errorf("a program that does not exist: %v, want exec.ErrNotFound", err)
	}
	file := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Process(file).Dial(t.Context()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that is not executable: %v, want fs.ErrPermission", err)
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := program(t, "echo").Dial(ctx); !errors.Is(err, why) {
		t.Errorf("ended context: %v", err)
	}
}

// The end of Dial's context does not end the program.
func TestProcessOutlivesContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, err := program(t, "echo").Dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	chat(t, c, "a NOOP\r\n")
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// If pipes have no deadlines, newPump adds them.
func TestProcessPump(t *testing.T) {
	for _, mode := range []string{"echo", "late", "fail why"} {
		cmd := program(t, mode)
		cmd.pump = true
		c := start(t, cmd)
		if mode == "echo" {
			c.SetReadDeadline(time.Unix(1, 0))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			chat(t, c, string(sample(1000)))
		}
		var exit *ExitError
		if mode == "fail why" {
			if _, err := io.ReadAll(c); !errors.As(err, &exit) || exit.Stderr != "why" {
				t.Errorf("%s: Read: %v", mode, err)
			}
			if _, err := c.Write([]byte("x")); !errors.As(err, &exit) {
				t.Errorf("%s: Write: %v", mode, err)
			}
		}
		if err := c.Close(); (err != nil) != (mode == "fail why") {
			t.Errorf("%s: Close: %v", mode, err)
		}
	}
}

// TLS works over a process, and a Read of the TLS layer may be repeated after a deadline. For that, the deadline errors
// of the process must be temporary errors for crypto/tls.
func TestProcessLayers(t *testing.T) {
	a := newAuthority(t)
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, a.good(t)) })
	cmd := program(t, "connect "+l.Addr().String())
	c, err := Layer(cmd, StartTLS(a.client(), "localhost")).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		c.SetReadDeadline(time.Unix(1, 0))
		if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
			t.Fatal(err)
		}
		chat(t, c, "a NOOP\r\n")
	}
	if !Secure(c) {
		t.Error("Secure() = false for TLS over a process")
	}
}
