package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// server answers the commands of the clients that are measured, and reports a new message to the clients in IDLE when
// the control connection asks for it.
type server struct {
	mu    sync.Mutex
	idle  map[*peer]bool
	flate sync.Pool // of *flate.Writer
}

// peer is a connection to a client.
type peer struct {
	net.Conn
	in      *bufio.Reader
	deflate bool
	s       *server
}

// serve prints the addresses for connections without TLS, with TLS, and for the control connection. It serves until its
// input ends.
func serve(in io.Reader) error {
	s := &server{idle: map[*peer]bool{}}
	s.flate.New = func() any { w, _ := flate.NewWriter(nil, flate.BestSpeed); return w }
	cfg, err := certificate()
	if err != nil {
		return err
	}
	var addrs []string
	for _, handle := range []func(net.Conn){s.imap, func(c net.Conn) { s.imap(tls.Server(c, cfg)) }, s.control} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		addrs = append(addrs, l.Addr().String())
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					fmt.Fprintln(os.Stderr, "idle: server:", err)
					os.Exit(1)
				}
				go handle(c)
			}
		}()
	}
	fmt.Println(strings.Join(addrs, ","))
	_, err = io.Copy(io.Discard, in)
	return err
}

// certificate makes a TLS configuration with a certificate that no authority has signed.
func certificate() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"imap"}}, nil
}

const caps = "IMAP4rev1 LITERAL+ IDLE COMPRESS=DEFLATE"

// imap serves one connection.
func (s *server) imap(c net.Conn) {
	p := &peer{Conn: c, in: bufio.NewReaderSize(c, 512), s: s}
	defer func() {
		s.mu.Lock()
		delete(s.idle, p)
		s.mu.Unlock()
		c.Close()
	}()
	p.say("* OK [CAPABILITY " + caps + "] ready\r\n")
	for idling := ""; ; {
		line, err := p.in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		command, _, _ = strings.Cut(strings.ToUpper(command), " ")
		switch {
		case command == "" && strings.EqualFold(tag, "DONE"):
			s.mu.Lock()
			delete(s.idle, p)
			s.mu.Unlock()
			p.say(idling + " OK done\r\n")
		case command == "IDLE":
			idling = tag
			p.say("+ idling\r\n")
			s.mu.Lock()
			s.idle[p] = true
			s.mu.Unlock()
		case command == "CAPABILITY":
			p.say("* CAPABILITY " + caps + "\r\n" + tag + " OK done\r\n")
		case command == "LOGIN":
			p.say(tag + " OK [CAPABILITY " + caps + "] done\r\n")
		case command == "SELECT":
			p.say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded $MDNSent $Junk $NotJunk)\r\n" +
				"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded $MDNSent $Junk $NotJunk \\*)] ok\r\n" +
				"* 10 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 11] ok\r\n" + tag + " OK [READ-WRITE] done\r\n")
		case command == "COMPRESS":
			p.say(tag + " OK done\r\n")
			p.deflate, p.in = true, bufio.NewReaderSize(flate.NewReader(p.in), 512)
		default:
			p.say(tag + " OK done\r\n")
		}
	}
}

// say sends a line. All connections can share the compressors, because the output for a line begins and ends on an
// octet boundary, and does not refer to earlier output.
func (p *peer) say(text string) {
	if !p.deflate {
		io.WriteString(p.Conn, text)
		return
	}
	var b bytes.Buffer
	w := p.s.flate.Get().(*flate.Writer)
	defer p.s.flate.Put(w)
	w.Reset(&b)
	io.WriteString(w, text)
	w.Flush()
	p.Conn.Write(b.Bytes())
}

// control answers COUNT with the number of clients in IDLE. It answers TELL with the same number, after it has reported
// a new message to these clients.
func (s *server) control(c net.Conn) {
	in := bufio.NewScanner(c)
	for in.Scan() {
		s.mu.Lock()
		n := len(s.idle)
		if in.Text() == "TELL" {
			for p := range s.idle {
				p.say("* 11 EXISTS\r\n")
			}
		}
		s.mu.Unlock()
		fmt.Fprintln(c, n)
	}
}
