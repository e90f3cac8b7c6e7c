// Imaptestd is the server of package imaptest as a program: a complete IMAP server that keeps all mail in memory, for
// tests of mail programs in any language.
//
//	go run ./imaptest/imaptestd -addr 127.0.0.1:1143 -tls-addr 127.0.0.1:1993 -user alice:secret
//
// See -help for the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/imapstack/imapstack/imaptest"
)

// settings holds the values of the command line.
type settings struct {
	addr, tlsAddr string
	users         list
	mail          string
	without       list
	preset        string
	strict        bool
	order         string
	seed          uint64
	token         list
	anonymous     string
	plain         string
	stdio         string
	verbose       bool
}

// list is a command-line flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const help = `usage: imaptestd [-addr ADDR] [-tls-addr ADDR] [-user NAME:PASSWORD]... [options]

Imaptestd is an IMAP server for tests. It keeps its mail in memory, and the mail is gone when it ends. It prints where it listens,

  ADDR=127.0.0.1:1143
  TLS_ADDR=127.0.0.1:1993
  CA=/tmp/imaptestd-1234.pem
  READY

and serves until it is interrupted. Port 0 means a free port. The file CA is the certificate of an authority, made for this run, that issued the
server's certificate for localhost and 127.0.0.1; imaptestd removes the file at the end.

Without -user there is the user alice, whose password is secret. On a loopback address, clients may send passwords in plain text.

`

func run(ctx context.Context, args []string, in io.Reader, out, diag io.Writer) int {
	var set settings
	f := flag.NewFlagSet("imaptestd", flag.ContinueOnError)
	f.SetOutput(diag)
	f.StringVar(&set.addr, "addr", "127.0.0.1:1143", "listen on `ADDR` for connections in plain text, with STARTTLS; \"\" means no listener")
	f.StringVar(&set.tlsAddr, "tls-addr", "127.0.0.1:1993", "listen on `ADDR` for connections that begin with TLS; \"\" means no listener")
	f.Var(&set.users, "user", "add a user, as `NAME:PASSWORD`; may be given several times")
	f.StringVar(&set.mail, "mail", "", "put the mail of `PATH`, a Maildir (with its folders) or an mbox, into the mailboxes of the first user")
	f.Var(&set.without, "without", "do not offer `CAP`, such as MOVE or AUTH=PLAIN; may be given several times, or with commas")
	f.StringVar(&set.preset, "preset", "", "offer no more than a known server does: `NAME` is "+strings.Join(imaptest.Presets(), ", "))
	f.BoolVar(&set.strict, "strict", false, "accept only what the RFCs allow, and not what most servers accept")
	f.StringVar(&set.order, "order", "", "answer commands that arrive together in `ORDER`: turn, taggedlast (as Dovecot does) or mixed (a random order that RFC 9051 allows; see -seed)")
	f.Uint64Var(&set.seed, "seed", 1, "use `N` as the seed for everything random")
	f.Var(&set.token, "token", "add an OAuth token, as `NAME:TOKEN`; may be given several times")
	f.StringVar(&set.anonymous, "anonymous", "", "let anybody log in by ANONYMOUS, as the user `NAME`")
	f.StringVar(&set.plain, "plaintext", "auto", "whether clients may send passwords in plain text: `yes`, no, or auto, which is only on loopback addresses")
	f.StringVar(&set.stdio, "stdio", "", "serve one connection on standard input and output, already logged in as `NAME`, and print nothing")
	f.BoolVar(&set.verbose, "v", false, "log commands and their answers to standard error")
	f.Usage = func() { fmt.Fprint(diag, help); f.PrintDefaults() }
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() > 0:
		fmt.Fprintf(diag, "imaptestd: unexpected argument %q; see -help\n", f.Arg(0))
		return 2
	}
	if err := serve(ctx, &set, in, out, diag); err != nil {
		fmt.Fprintln(diag, "imaptestd:", err)
		return 1
	}
	return 0
}

// options returns the server's options, and the name of the first user.
func (set *settings) options(diag io.Writer) (opts []imaptest.Option, first string, err error) {
	if set.preset != "" {
		known := false
		for _, name := range imaptest.Presets() {
			known = known || name == set.preset
		}
		if !known {
			return nil, "", fmt.Errorf("no preset %q; there are %s", set.preset, strings.Join(imaptest.Presets(), ", "))
		}
		opts = append(opts, imaptest.Preset(set.preset))
	}
	opts = append(opts, imaptest.WithSeed(set.seed))
	if set.strict {
		opts = append(opts, imaptest.Strict())
	}
	if set.order != "" {
		order, ok := map[string]imaptest.Order{"turn": imaptest.InTurn, "taggedlast": imaptest.TaggedLast, "mixed": imaptest.Mixed}[set.order]
		if !ok {
			return nil, "", fmt.Errorf("no order %q; there are turn, taggedlast and mixed", set.order)
		}
		opts = append(opts, imaptest.WithOrder(order))
	}
	if len(set.users) == 0 {
		set.users = list{"alice:secret"}
	}
	for _, u := range set.users {
		name, password, ok := strings.Cut(u, ":")
		if !ok || name == "" {
			return nil, "", errors.New("-user wants NAME:PASSWORD")
		}
		if first == "" {
			first = name
		}
		opts = append(opts, imaptest.WithUser(name, password))
	}
	for _, u := range set.token {
		name, token, ok := strings.Cut(u, ":")
		if !ok || name == "" {
			return nil, "", errors.New("-token wants NAME:TOKEN")
		}
		opts = append(opts, imaptest.WithToken(name, token))
	}
	for _, w := range set.without {
		opts = append(opts, imaptest.Without(strings.FieldsFunc(w, func(c rune) bool { return c == ',' || c == ' ' })...))
	}
	if set.anonymous != "" {
		opts = append(opts, imaptest.WithGuest(set.anonymous))
	}
	switch set.plain {
	case "yes":
		opts = append(opts, imaptest.AllowPlain())
	case "no":
	case "auto":
		if loopback(set.addr) {
			opts = append(opts, imaptest.AllowPlain())
		}
	default:
		return nil, "", errors.New("-plaintext wants yes, no or auto")
	}
	if set.verbose {
		opts = append(opts, imaptest.WithLogger(slog.New(slog.NewTextHandler(diag, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	return opts, first, nil
}

// loopback reports whether no other machine can reach an address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func serve(ctx context.Context, set *settings, in io.Reader, out, diag io.Writer) error {
	opts, first, err := set.options(diag)
	if err != nil {
		return err
	}
	srv, err := imaptest.New(opts...)
	if err != nil {
		return err
	}
	defer srv.Close()
	if set.mail != "" {
		if err := load(srv, first, set.mail); err != nil {
			return err
		}
	}
	if set.stdio != "" {
		conn := newStdio(in, out)
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		srv.ServeConn(conn, set.stdio)
		return nil
	}
	if set.addr == "" && set.tlsAddr == "" {
		return errors.New("both -addr and -tls-addr are empty")
	}
	if err := srv.Listen(set.addr, set.tlsAddr); err != nil {
		return err
	}
	ca, err := writeCA(srv)
	if err != nil {
		return err
	}
	defer os.Remove(ca)
	if srv.Addr != "" {
		fmt.Fprintln(out, "ADDR="+srv.Addr)
	}
	if srv.TLSAddr != "" {
		fmt.Fprintln(out, "TLS_ADDR="+srv.TLSAddr)
	}
	fmt.Fprintln(out, "CA="+ca)
	fmt.Fprintln(out, "READY")
	<-ctx.Done()
	return nil
}

// writeCA writes the certificate of the authority that issued the server's certificate to a new file, and returns the
// file's name.
func writeCA(srv *imaptest.Server) (name string, err error) {
	pem, err := srv.CAPEM()
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "imaptestd-*.pem")
	if err != nil {
		return "", err
	}
	_, err = f.Write(pem)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return f.Name(), err
}
