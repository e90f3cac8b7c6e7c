// Package delay gives connections the delay of a distant server.
package delay

import (
	"net"
	"sync"
	"time"
)

// Relay listens at the address addr on loopback, and passes connections on to the server at the address to. It delays
// each direction by half a round trip. If rtt is not positive, there is no relay, and addr is the address of the
// server. The relay does not limit how many octets it holds, or how fast it passes them on, so the delay is the only
// thing that a client notices.
func Relay(to string, rtt time.Duration) (addr string, stop func(), err error) {
	if rtt <= 0 {
		return to, func() {}, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				// Wait for the round trip that TCP's handshake takes.
				time.Sleep(rtt)
				s, err := net.Dial("tcp", to)
				if err != nil {
					c.Close()
					return
				}
				go delayed(c, s, rtt/2)
				delayed(s, c, rtt/2)
			}()
		}
	}()
	return l.Addr().String(), func() { l.Close() }, nil
}

// delayed copies what arrives from src to dst after the delay. When src has ended, it closes dst for writing.
func delayed(dst, src net.Conn, delay time.Duration) {
	type piece struct {
		data []byte
		due  time.Time
	}
	var mu sync.Mutex
	more := sync.NewCond(&mu)
	var queue []piece
	ended := false
	go func() {
		for {
			buf := make([]byte, 64<<10)
			n, err := src.Read(buf)
			mu.Lock()
			if n > 0 {
				queue = append(queue, piece{buf[:n], time.Now().Add(delay)})
			}
			if err != nil {
				queue = append(queue, piece{nil, time.Now().Add(delay)})
				ended = true
			}
			more.Signal()
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	for {
		mu.Lock()
		for len(queue) == 0 && !ended {
			more.Wait()
		}
		if len(queue) == 0 {
			mu.Unlock()
			return
		}
		list := queue
		queue = nil
		mu.Unlock()
		for _, p := range list {
			time.Sleep(time.Until(p.due))
			if p.data == nil {
				if t, ok := dst.(*net.TCPConn); ok {
					t.CloseWrite()
				}
				return
			}
			if _, err := dst.Write(p.data); err != nil {
				src.Close()
				return
			}
		}
	}
}
