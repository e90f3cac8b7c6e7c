// Maildird is an IMAP server for mail in Maildirs. It is an example of a back end for package serve that keeps mail on
// disk. Other programs may deliver mail, and change flags, while it runs.
//
//	go run ./docs/examples/maildird
//	go run ./docs/examples/maildird -user alice:secret -dir ./mail -cert cert.pem -key key.pem -tls-listen :993
//
// With a certificate it offers STARTTLS, and accepts passwords only over TLS.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/session/serve"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "maildird:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done, and then, for at most 10 seconds, until the commands in progress have been answered.
func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("maildird", flag.ContinueOnError)
	who := f.String("user", "alice:secret", "`NAME:PASSWORD` of the user")
	dir := f.String("dir", filepath.Join(os.TempDir(), "maildird"), "keep the Maildirs in `DIR`")
	addr := f.String("listen", "127.0.0.1:1143", "listen on `ADDR`")
	cert, key := f.String("cert", "", "read the certificate for TLS from the PEM `FILE`"), f.String("key", "", "read the certificate's key from `FILE`")
	tlsAddr := f.String("tls-listen", "", "listen on `ADDR` for connections that begin with TLS; needs -cert")
	plain := f.Bool("plaintext-password", false, "accept passwords without TLS, even with -cert")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	name, password, ok := strings.Cut(*who, ":")
	if !ok || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return errors.New("-user: want NAME:PASSWORD")
	}
	b := &backend{root: *dir, users: map[string]*user{}}
	s := &serve.Server{Backend: b, InsecureAuth: *cert == "" || *plain, Without: []string{"CREATE-SPECIAL-USE"}, ID: map[string]string{"name": "maildird"}}
	s.Auth = &auth.ServerConfig{Password: func(user string) (auth.Secret, error) {
		if user != name {
			return auth.Secret{}, errors.New("no such user")
		}
		return auth.NewSecret(password), nil
	}}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return err
		}
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s, with mail in %s\n", l.Addr(), *dir)
	go b.watch(ctx, time.Second)
	go s.Serve(l) // returns when Shutdown is called
	if *tlsAddr != "" {
		if l, err = net.Listen("tcp", *tlsAddr); err != nil {
			return err
		}
		fmt.Printf("listening for TLS on %s\n", l.Addr())
		go s.ServeTLS(l, "", "")
	}
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(s.Shutdown(last), s.Close())
}
