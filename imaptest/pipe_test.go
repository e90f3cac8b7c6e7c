package imaptest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

func TestPipeCarriesEverySize(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	for n := 1; n < 40; n++ {
		synctest.Test(t, func(t *testing.T) {
			c, s := imaptest.Pipe(n)
			go func() {
				c.Write(want)
				c.Close()
			}()
			got, err := io.ReadAll(s)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("buffer of %d: got %d octets, %v", n, len(got), err)
			}
		})
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := imaptest.Pipe(4)
		begin := time.Now()
		c.SetReadDeadline(begin.Add(time.Minute))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Errorf("read: %v after %v", err, time.Since(begin))
		}
		c.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := c.Write([]byte("123456"))
		if n != 4 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: %d, %v", n, err)
		}
		c.SetDeadline(time.Time{})
		if n, err := s.Read(make([]byte, 9)); n != 4 || err != nil {
			t.Errorf("read: %d, %v", n, err)
		}
		go func() {
			time.Sleep(time.Hour)
			s.SetReadDeadline(time.Unix(1, 0))
		}()
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline set while reading: %v", err)
		}
		c.Close()
		s.SetReadDeadline(time.Time{})
		if _, err := s.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after close: %v", err)
		}
		if _, err := s.Write([]byte("x")); err == nil {
			t.Error("write to a closed end succeeds")
		}
		s.Close()
	})
}

func TestScript(t *testing.T) {
	const text = `
		# a comment
		S: * OK ready
		C: A1 LOGIN …
		S= "A1 OK"
		S: " done"
	`
	for chunk := range 5 {
		synctest.Test(t, func(t *testing.T) {
			c, s := imaptest.Pipe(16)
			wait := imaptest.PlayAs(t, s, imaptest.ServerSide, text, imaptest.Delivery{Chunk: chunk})
			imaptest.PlayAs(t, c, imaptest.ClientSide, "S: * OK ready\nC: A1 LOGIN alice …secret\nS= \"A1 OK\\\" done\\\"\\r\\n\"", imaptest.Delivery{})()
			wait()
		})
	}
}

func TestScriptTellsWhatDiffers(t *testing.T) {
	script, err := imaptest.ParseScript("C: A1 NOOP\nS: A1 OK\n")
	if err != nil {
		t.Fatal(err)
	}
	c, s := imaptest.Pipe(0)
	go func() {
		io.WriteString(c, "A1 NOPE\r\n")
		c.Close()
	}()
	err = script.Play(s, imaptest.ServerSide, imaptest.Delivery{})
	if err == nil || err.Error() != `imaptest: script line 1: want "A1 NOOP\r\n", got "A1 NOPE\r\n"` {
		t.Errorf("got %v", err)
	}
	if _, err := imaptest.ParseScript("X: nonsense"); err == nil {
		t.Error("nonsense is accepted as a script")
	}
}

// TestScriptUnheard checks what Play returns if a side hangs up early. If the script only has more lines for the client
// to read, the error wraps ErrScriptUnheard; if the client should have sent another line, it does not.
func TestScriptUnheard(t *testing.T) {
	for script, unheard := range map[string]bool{
		"C: A1 LOGOUT\nS: * BYE\nS: A1 OK\n":                 true,
		"C: A1 LOGOUT\nS: * BYE\nS: A1 OK\nC: A2 NOOP\n":     false,
		"C: A1 LOGOUT\nS: * BYE\nS: A1 OK\nTLS\nS: A2 OK\n":  false,
		"C: A1 LOGOUT\nS: * BYE\nS: A1 OK\nS: A2 OK late.\n": true,
	} {
		parsed, err := imaptest.ParseScript(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{"client", "server"} {
			c, s := imaptest.Pipe(0)
			io.WriteString(c, "A1 LOGOUT\r\n")
			ends := map[string]net.Conn{"client": c, "server": s}
			err = parsed.Play(&hangUp{Conn: s, end: ends[by]}, imaptest.ServerSide, imaptest.Delivery{})
			if err == nil || errors.Is(err, imaptest.ErrScriptUnheard) != unheard {
				t.Errorf("%q, closed by the %s: got %v", script, by, err)
			}
			s.Close()
		}
	}
}

// hangUp is a connection whose Write first closes the connection in the field end.
type hangUp struct {
	net.Conn
	end net.Conn
}

func (h *hangUp) Write(b []byte) (int, error) {
	h.end.Close()
	return h.Conn.Write(b)
}
