//go:build unix

package transport

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// TestAwait reads a stream with Await before each Read, over TCP, TLS and DEFLATE. No bytes are lost, and the stream
// ends with io.EOF. A deadline ends Await, and Await may be called again with another deadline.
func TestAwait(t *testing.T) {
	a := newAuthority(t)
	cfg := a.good(t)
	text := append(sample(3000), random(3000)...)
	for _, layers := range []string{"TCP", "TLS", "DEFLATE over TLS"} {
		l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
			defer c.Close()
			var w io.Writer = c
			flush := func() {}
			if layers != "TCP" {
				s := tls.Server(c, cfg)
				defer s.Close()
				w = s
			}
			if layers == "DEFLATE over TLS" {
				z, _ := flate.NewWriter(w, 6)
				w, flush = z, func() { z.Flush() }
				defer z.Close()
			}
			for i, b := 1, text; len(b) > 0; i++ {
				n := min(i*i%700+1, len(b))
				w.Write(b[:n])
				b = b[n:]
				flush()
			}
		})
		c, err := TCP(l.Addr().String()).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if layers != "TCP" {
			if c, err = StartTLS(a.client(), "localhost")(t.Context(), c, nil); err != nil {
				t.Fatal(err)
			}
		}
		if layers == "DEFLATE over TLS" {
			c = deflate(t, c, nil)
		}
		bottom := Bottom(c)
		if bottom == nil {
			t.Fatalf("%s: Bottom returns nil", layers)
		}
		var got []byte
		buf := make([]byte, 300)
		for waits := 0; ; {
			bottom.Immediate(true)
			n, err := c.Read(buf)
			bottom.Immediate(false)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			if err == nil {
				continue
			}
			if !errors.Is(err, ErrNothing) || !isTimeout(err) {
				t.Fatalf("%s: %v after %d bytes, want ErrNothing", layers, err, len(got))
			}
			Rest(c)
			if waits++; waits%3 == 1 {
				c.SetReadDeadline(time.Unix(1, 0))
				if err := bottom.Await(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("%s: Await with a deadline in the past: %v", layers, err)
				}
				c.SetReadDeadline(time.Time{})
			}
			if err := bottom.Await(); err != nil {
				t.Fatalf("%s: Await: %v", layers, err)
			}
		}
		if !bytes.Equal(got, text) {
			t.Errorf("%s: got %d bytes of %d, or other bytes", layers, len(got), len(text))
		}
	}
}

// Read returns the input that Await has read even if Immediate is off. Closing the connection ends a wait.
func TestAwaitThenRead(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { io.Copy(c, c) })
	c, err := TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bottom := Bottom(c)
	io.WriteString(c, "abc")
	if err := bottom.Await(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 3)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "abc" {
		t.Errorf("Read after Await: %q, %v; want \"abc\"", buf, err)
	}
	ended := make(chan error)
	go func() { ended <- bottom.Await() }()
	c.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Await, while Close is called: %v, want net.ErrClosed", err)
	}
}

// Bottom does not look through a layer of another package.
func TestBottomUnknown(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { io.Copy(c, c) })
	d := DialFunc(func(ctx context.Context) (Conn, error) {
		c, err := TCP(l.Addr().String()).Dial(ctx)
		return streamOnly{c.(net.Conn)}, err
	})
	c, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if Bottom(c) != nil {
		t.Error("Bottom looks through a layer of another package")
	}
}

// io.Copy from a connection copies the input that Await has read, and then the rest. While Immediate is on, the copy
// ends with ErrNothing instead of waiting.
func TestAwaitThenCopy(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		defer c.Close()
		io.WriteString(c, "first")
		b := make([]byte, 2)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "go" {
			t.Errorf("the server got %q, %v", b, err)
		}
		io.WriteString(c, " second")
	})
	c, err := TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := Bottom(c).Await(); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(c, io.LimitReader(bytes.NewReader([]byte("go and more")), 2)); n != 2 || err != nil {
		t.Fatalf("io.Copy to the connection: %d, %v; want 2 bytes", n, err)
	}
	var got bytes.Buffer
	if n, err := io.Copy(&got, c); err != nil || n != int64(got.Len()) || got.String() != "first second" {
		t.Errorf("io.Copy from the connection: %d, %v, %q; want \"first second\"", n, err, got.String())
	}
	Bottom(c).Immediate(true)
	if n, err := io.Copy(&got, c); n != 0 || !errors.Is(err, ErrNothing) {
		t.Errorf("io.Copy with Immediate: %d, %v; want 0, ErrNothing", n, err)
	}
}
