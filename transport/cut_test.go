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
	"testing/synctest"
	"time"
)

// cutAt connects client and server, but passes only n bytes from the server to the client. After these, the client
// receives the end of the stream if eof is true, and otherwise nothing more.
func cutAt(client, server net.Conn, n int64, eof bool) {
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	go func() {
		io.CopyN(client, server, n)
		if eof {
			client.Close()
		}
		io.Copy(io.Discard, server)
	}()
}

// If a handshake is cut at any byte, it ends with the right error and leaves no goroutine. Package synctest would
// report a goroutine that is left.
func TestHandshakeCutEverywhere(t *testing.T) {
	a := newAuthority(t)
	cfg := a.good(t)
	cfg.SessionTicketsDisabled = true
	mine := a.client()
	now := time.Now()
	mine.Time = func() time.Time { return now } // the clock of a synctest bubble starts in 2000, when the certificate is not valid
	mine.CurvePreferences = []tls.CurveID{tls.X25519}
	why := errors.New("why")
	step := int64(1)
	if testing.Short() {
		step = 37
	}
	cuts := 0
	for n := int64(0); ; n += step {
		whole := false
		synctest.Test(t, func(t *testing.T) {
			for i, how := range []string{"end", "cancel", "deadline", "timeout"} {
				if i >= 2 && n%10 != 0 {
					continue
				}
				near, c := net.Pipe()
				s, far := net.Pipe()
				cutAt(c, s, n, how == "end")
				go tlsEcho(far, cfg)
				ctx, cancel := context.WithCancelCause(t.Context())
				want := io.EOF
				began := time.Now()
				longest := time.Minute
				switch how {
				case "deadline":
					var stop context.CancelFunc
					ctx, stop = context.WithTimeout(ctx, time.Minute)
					defer stop()
					want = context.DeadlineExceeded
				case "cancel":
					time.AfterFunc(time.Second, func() { cancel(why) })
					want, longest = why, time.Second
				case "timeout": // ctx has no deadline, and the handshake has its default time-out
					want, longest = context.DeadlineExceeded, defaultTimeout
				}
				up, err := StartTLS(mine, "localhost")(ctx, streamOnly{near}, nil)
				took := time.Since(began)
				cancel(nil)
				if err == nil {
					whole = true
					up.Close()
				} else if took > longest || !errors.Is(err, want) &&
					(how != "end" || !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrClosedPipe)) {
					t.Errorf("%s at byte %d: %v after %v; want %v within %v", how, n, err, took, want, longest)
				}
				near.Close()
				c.Close()
				s.Close()
				far.Close()
				synctest.Wait()
			}
		})
		if whole || t.Failed() {
			break
		}
		cuts++
	}
	t.Logf("the handshake was cut at %d places", cuts)
	if cuts < 20 {
		t.Errorf("the handshake was cut at %d places, want at least 20", cuts)
	}
}

// If a deadline ends a Read before each byte, no bytes are lost, with TLS and with DEFLATE over TLS.
func TestLayersDeadlineAtEveryByte(t *testing.T) {
	a := newAuthority(t)
	cfg := a.good(t)
	text := append(sample(5000), random(1000)...)
	for _, layers := range []string{"TLS", "DEFLATE over TLS"} {
		l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
			s := tls.Server(c, cfg)
			defer s.Close()
			if layers == "TLS" {
				s.Write(text)
				return
			}
			w, _ := flate.NewWriter(s, 6)
			for b := text; len(b) > 0; {
				n := min(700, len(b))
				w.Write(b[:n])
				w.Flush()
				b = b[n:]
			}
		})
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		below := &stutter{Conn: c}
		conn, err := StartTLS(a.client(), "localhost")(t.Context(), below, nil)
		if err != nil {
			t.Fatal(err)
		}
		if layers != "TLS" {
			conn = deflate(t, conn, nil)
		}
		below.on = true
		var got []byte
		buf := make([]byte, 700)
		cuts := 0
		for {
			n, err := conn.Read(buf)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			if err == nil {
				continue
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("%s: %v after %d bytes", layers, err, len(got))
			}
			cuts++
		}
		if !bytes.Equal(got, text) || cuts < 2000 {
			t.Errorf("%s: %d bytes of %d, or other bytes, after %d cuts; want at least 2000 cuts", layers, len(got), len(text), cuts)
		}
		conn.Close()
	}
}
