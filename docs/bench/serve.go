package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// serve is the server's process. It accepts connections, and answers the commands of each with the workload of that
// name.
func serve(name string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	os.Stdout.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			io.WriteString(c, greeting)
			in := bufio.NewReader(c)
			s := script{find(name)}
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if !s.answer(line, func(b []byte) { c.Write(b) }) {
					return
				}
			}
		}()
	}
}

// memory is a connection to a server within the process. The answer with the workload is made before the run, so that
// the run measures only the client.
type memory struct {
	mu     sync.Mutex
	cond   *sync.Cond
	script script
	ready  []byte // the workload: the answer to UID FETCH or UID SEARCH
	out    [][]byte
	in     []byte
	closed bool
}

func newMemory(name string) *memory {
	m := &memory{script: script{find(name)}}
	m.cond = sync.NewCond(&m.mu)
	var b bytes.Buffer
	m.script.w.make(func(p []byte) { b.Write(p) })
	m.ready = b.Bytes()
	m.out = [][]byte{[]byte(greeting)}
	return m
}

// again restores the connection to its initial state.
func (m *memory) again() {
	m.out, m.in, m.closed = [][]byte{[]byte(greeting)}, nil, false
}

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.in = append(m.in, p...)
	for {
		i := bytes.IndexByte(m.in, '\n')
		if i < 0 {
			break
		}
		line := string(m.in[:i+1])
		m.in = m.in[i+1:]
		if tag, rest, _ := bytes.Cut([]byte(line), []byte(" ")); bytes.HasPrefix(rest, []byte("UID FETCH")) || bytes.HasPrefix(rest, []byte("UID SEARCH")) {
			ready := m.ready
			if i := bytes.Index(ready[:min(len(ready), 100)], []byte(tagMark)); i >= 0 {
				m.out = append(m.out, ready[:i], tag)
				ready = ready[i+len(tagMark):]
			}
			m.out = append(m.out, ready, append(tag, " OK done\r\n"...))
			continue
		}
		m.script.answer(line, func(b []byte) { m.out = append(m.out, bytes.Clone(b)) })
	}
	m.cond.Broadcast()
	return len(p), nil
}

func (m *memory) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.out) == 0 && !m.closed {
		m.cond.Wait()
	}
	if m.closed {
		return 0, io.EOF
	}
	n := copy(p, m.out[0])
	if m.out[0] = m.out[0][n:]; len(m.out[0]) == 0 {
		m.out = m.out[1:]
	}
	return n, nil
}

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.cond.Broadcast()
	return nil
}

func (m *memory) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (m *memory) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (m *memory) SetDeadline(time.Time) error      { return nil }
func (m *memory) SetReadDeadline(time.Time) error  { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }
