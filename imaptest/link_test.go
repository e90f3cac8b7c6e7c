package imaptest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// This example cuts the connection between a client and a server that is not a Server of this package.
func ExampleLink() {
	client, server := imaptest.Pipe(0)
	link := imaptest.NewLink(client, imaptest.ClientSide, 1, imaptest.Cut{From: imaptest.ServerSide, After: 6})
	io.WriteString(server, "* OK ready\r\n")
	b, err := io.ReadAll(link)
	os.Stdout.WriteString(string(b) + "|\n")
	if err == nil {
		os.Stdout.WriteString(link.Injected()[0].Fault.String() + "\n")
	}
	// Output:
	// * OK r|
	// cut after 6 octets from the server
}

// TestLinkCutsEverywhere cuts each direction at each octet, at either end. Exactly the octets before the cut must
// arrive, whatever other faults the network has.
func TestLinkCutsEverywhere(t *testing.T) {
	const text = "0123456789"
	for _, more := range [][]imaptest.NetFault{
		nil,
		{imaptest.Slow{Latency: time.Second, Jitter: time.Second, Bandwidth: 5}},
		{imaptest.Tear{From: imaptest.ServerSide, Max: 3, Pause: time.Second}},
	} {
		for n := range int64(len(text)) {
			for _, end := range []imaptest.Side{imaptest.ServerSide, imaptest.ClientSide} {
				for _, fault := range []imaptest.NetFault{
					imaptest.Cut{From: imaptest.ServerSide, After: n}, imaptest.HalfClose{From: imaptest.ServerSide, After: n},
					imaptest.Cut{From: imaptest.ServerSide, After: n, Reset: true}, imaptest.Stall{From: imaptest.ServerSide, After: n},
				} {
					synctest.Test(t, func(t *testing.T) {
						client, server := imaptest.Pipe(4)
						var r, w net.Conn = client, server
						link := imaptest.NewLink(map[imaptest.Side]net.Conn{imaptest.ServerSide: server, imaptest.ClientSide: client}[end], end, 7, append(more, fault)...)
						if end == imaptest.ServerSide {
							w = link
						} else {
							r = link
						}
						r.SetReadDeadline(time.Now().Add(time.Hour))
						w.SetWriteDeadline(time.Now().Add(time.Hour))
						go func() {
							io.WriteString(w, text)
							time.Sleep(2 * time.Hour)
							w.Close()
						}()
						got, err := io.ReadAll(r)
						if string(got) != text[:n] {
							t.Errorf("%v, %v at the %v's end: got %q, %v", more, fault, end, got, err)
						}
						switch f := fault.(type) {
						case imaptest.Stall:
							if !errors.Is(err, os.ErrDeadlineExceeded) {
								t.Errorf("%v: the error is %v, want a timeout", fault, err)
							}
						case imaptest.Cut:
							if f.Reset && end == imaptest.ClientSide && !errors.Is(err, syscall.ECONNRESET) {
								t.Errorf("%v: the error is %v, want ECONNRESET", fault, err)
							}
						case imaptest.HalfClose:
							if _, err := io.WriteString(r, "x"); err != nil {
								t.Errorf("%v: the other direction: %v", fault, err)
							}
						}
						if k := len(link.Injected()); k != len(more)+1 {
							t.Errorf("want %d faults, got %v", len(more)+1, link.Injected())
						}
						r.Close()
						time.Sleep(3 * time.Hour)
					})
				}
			}
		}
	}
}

// TestLinkTears checks that pieces are as small as Tear says, and that nothing is lost.
func TestLinkTears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := imaptest.Pipe(0)
		link := imaptest.NewLink(client, imaptest.ClientSide, 1, imaptest.Tear{From: imaptest.ServerSide, Max: 5}, imaptest.Intrude{From: imaptest.ServerSide, After: 10, Data: "!"})
		want := bytes.Repeat([]byte("abcdefghij"), 100)
		go func() {
			server.Write(want)
			server.Close()
		}()
		var got []byte
		p := make([]byte, 100)
		for {
			n, err := link.Read(p)
			if n > 5 {
				t.Errorf("a piece of %d octets", n)
			}
			if got = append(got, p[:n]...); err != nil {
				break
			}
		}
		if !bytes.Equal(got, append([]byte("abcdefghij!"), want[10:]...)) {
			t.Errorf("got %.60q", got)
		}
		if n := link.Octets(imaptest.ServerSide); n != 1000 {
			t.Errorf("counted %d", n)
		}
	})
}

// TestLinkCloseDelivers closes a link while octets are still on their way.
func TestLinkCloseDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := imaptest.Pipe(0)
		link := imaptest.NewLink(server, imaptest.ServerSide, 1, imaptest.Slow{Latency: time.Minute})
		io.WriteString(link, "one")
		link.CloseWrite()
		io.WriteString(link, "two")
		link.Close()
		begin := time.Now()
		if b, err := io.ReadAll(client); string(b) != "one" || err != nil || time.Since(begin) != time.Minute {
			t.Errorf("got %q, %v after %v", b, err, time.Since(begin))
		}
		if _, err := link.Read(make([]byte, 1)); err == nil {
			t.Error("a closed link can be read")
		}
	})
}

func TestLinkDeadlinesWhileDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := imaptest.Pipe(0)
		link := imaptest.NewLink(client, imaptest.ClientSide, 1)
		link.SetReadDeadline(time.Now().Add(time.Second))
		link.Inject(imaptest.Slow{Latency: time.Minute})
		io.WriteString(server, "late")
		begin := time.Now()
		if _, err := link.Read(make([]byte, 9)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		link.SetReadDeadline(time.Time{})
		if n, err := link.Read(make([]byte, 9)); n != 4 || err != nil || time.Since(begin) != time.Minute {
			t.Errorf("%d, %v after %v", n, err, time.Since(begin))
		}
		link.Close()
		server.Close()
	})
}
