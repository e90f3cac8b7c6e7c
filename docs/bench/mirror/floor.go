package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/utils/crlf"
)

// floorConns is the number of connections that the function floor opens. The program mirror opens as many for a first
// pull.
const floorConns = 4

// floor does only what every Go program must do for a first pull. It reads the messages over TLS, with commands that
// are known beforehand, and writes each to its own file, with the line ends and the rename that a Maildir requires. It
// parses only the sizes of literals, and keeps no state.
func floor(addr, ca, user, password, dir string, fsync bool) error {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	next := make(chan int, boxes)
	for i := range boxes {
		next <- i
	}
	close(next)
	for range floorConns {
		wg.Go(func() {
			c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
			if err == nil {
				err = pullAll(c, user, password, dir, fsync, next)
				c.Close()
			}
			if err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// pullAll downloads over one connection the mailboxes whose numbers it gets from next.
func pullAll(c io.ReadWriter, user, password, dir string, fsync bool, next <-chan int) error {
	r := bufio.NewReaderSize(c, 32<<10)
	if _, err := r.ReadSlice('\n'); err != nil {
		return err
	}
	if err := ask(c, r, "LOGIN "+user+" "+password, nil); err != nil {
		return err
	}
	var text, local []byte
	for box := range next {
		at := filepath.Join(dir, boxName(box))
		for _, sub := range []string{"tmp", "new", "cur"} {
			if err := os.MkdirAll(filepath.Join(at, sub), 0o700); err != nil {
				return err
			}
		}
		if err := ask(c, r, "EXAMINE "+boxName(box), nil); err != nil {
			return err
		}
		n := 0
		err := ask(c, r, "UID FETCH 1:* BODY.PEEK[]", func(size int) error {
			if cap(text) < size {
				text = make([]byte, size)
			}
			text = text[:size]
			if _, err := io.ReadFull(r, text); err != nil {
				return err
			}
			local = crlf.AppendLocal(local[:0], text)
			n++
			return deliver(at, strconv.Itoa(n)+".floor", local, fsync)
		})
		if err != nil {
			return err
		}
		if n != perBox {
			return fmt.Errorf("%s: got %d messages, want %d", boxName(box), n, perBox)
		}
	}
	return nil
}

// ask sends a command and reads its answer. It calls literal for each literal in the answer.
func ask(w io.Writer, r *bufio.Reader, command string, literal func(size int) error) error {
	if _, err := io.WriteString(w, "a "+command+"\r\n"); err != nil {
		return err
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if answer, ok := strings.CutPrefix(string(line[:min(len(line), 4)]), "a "); ok {
			if answer != "OK" {
				return fmt.Errorf("the server answers %.100q", line)
			}
			return nil
		}
		size, ok := strings.CutSuffix(string(line), "}\r\n")
		if !ok || literal == nil {
			continue
		}
		n, err := strconv.Atoi(size[strings.LastIndexByte(size, '{')+1:])
		if err == nil {
			err = literal(n)
		}
		if err != nil {
			return err
		}
	}
}

// deliver writes a message into a Maildir.
func deliver(dir, name string, text []byte, fsync bool) error {
	tmp := filepath.Join(dir, "tmp", name)
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil && fsync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, "new", name))
}
