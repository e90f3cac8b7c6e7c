// Proxy stands between IMAP clients and servers. It chooses the server by the user's name, and can change every command
// and every response.
//
//	go run ./docs/examples/proxy
//	go run ./docs/examples/proxy -cert cert.pem -key key.pem -back '*@a.example=imaps://imap.a.example' -back '*=imap+starttls://imap.b.example'
//
// Without -back it starts two servers in memory and serves those.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/transport"
)

// settings holds the values of the command-line flags.
type settings struct {
	addr, tlsAddr, cert, key, ca string
	plain                        bool
	hide, forbid                 words
	prefix, master, users        string
	backs                        backs
}

// words is a command-line flag whose value is a list.
type words []string

func (w *words) String() string { return strings.Join(*w, ",") }
func (w *words) Set(s string) error {
	*w = append(*w, strings.Split(strings.ToUpper(s), ",")...)
	return nil
}

// backs is a command-line flag that says which users have which back end. The first pattern that matches the user's
// name counts.
type backs []back

type back struct {
	users  string // a pattern for path.Match
	target *transport.Target
}

func (b *backs) String() string { return fmt.Sprint(len(*b), " back ends") }
func (b *backs) Set(s string) error {
	users, url, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("want PATTERN=URL")
	}
	t, err := transport.Parse(url)
	*b = append(*b, back{users, t})
	return err
}

// of returns the back end of a user, or nil.
func (b backs) of(user string) *transport.Target {
	for _, x := range b {
		if ok, _ := path.Match(x.users, user); ok {
			return x.target
		}
	}
	return nil
}

func main() {
	set := settings{}
	flag.StringVar(&set.addr, "addr", "127.0.0.1:1143", "listen on `ADDR`, with STARTTLS")
	flag.StringVar(&set.tlsAddr, "tls-addr", "127.0.0.1:1993", "listen on `ADDR` for connections that begin with TLS")
	flag.StringVar(&set.cert, "cert", "", "read the proxy's certificate from `FILE`, as PEM; without it, the proxy makes one for this run")
	flag.StringVar(&set.key, "key", "", "read the certificate's key from `FILE`")
	flag.StringVar(&set.ca, "ca", "", "trust only the certificates in `FILE` for back ends")
	flag.BoolVar(&set.plain, "plaintext", false, "let users send passwords in clear text")
	flag.Var(&set.backs, "back", "users that match the pattern in `PATTERN=URL` have their mail at the URL; may be given several times, and the first match counts")
	flag.Var(&set.hide, "hide", "hide the capabilities `CAPS`, separated by commas")
	flag.Var(&set.forbid, "forbid", "refuse the commands `NAMES`, separated by commas")
	flag.StringVar(&set.prefix, "prefix", "", "show only INBOX and the mailboxes whose names begin with `PREFIX`, and remove PREFIX from their names; this does not protect the other mailboxes")
	flag.StringVar(&set.master, "master", "", "log in to back ends as `USER`, whose password is in $PROXY_MASTER, for the users of -users")
	flag.StringVar(&set.users, "users", "", "with -master: read the users from `FILE`, as lines NAME:PASSWORD")
	verbose := flag.Bool("v", false, "log commands")
	flag.Parse()
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, set, log, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "proxy:", err)
		os.Exit(1)
	}
}

// A server holds what all connections of the proxy share.
type server struct {
	set      settings
	log      *slog.Logger
	tls      *tls.Config       // for clients
	password map[string]string // the passwords of users, with -master
	master   string            // the master's password
}

// run serves until ctx ends. It prints the addresses to out.
func run(ctx context.Context, set settings, log *slog.Logger, out io.Writer) (err error) {
	s := &server{set: set, log: log}
	if len(set.backs) == 0 {
		stop, err := demo(&s.set, out)
		defer stop()
		if err != nil {
			return err
		}
	}
	if err := s.secrets(); err != nil {
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for i, addr := range []string{set.addr, set.tlsAddr} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		defer l.Close()
		fmt.Fprintf(out, "%s=%s\n", []string{"ADDR", "TLS_ADDR"}[i], l.Addr())
		wg.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				wg.Go(func() { s.serve(ctx, c, i == 1) })
			}
		})
	}
	fmt.Fprintln(out, "ready")
	<-ctx.Done()
	return nil
}
