// Notify waits for mail in any number of accounts. For each message that arrives it prints a line and, with -exec, runs
// a command.
//
//	go run ./docs/examples/notify -exec 'notify-send "$IMAP_FROM" "$IMAP_SUBJECT"' imaps://alice@mail.example.com imaps://bob@mail.example.org/Work
//
// It continues until it is interrupted, even if connections are lost, networks are down or servers restart.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/utils/displaysafe"
)

type settings struct {
	program.Settings
	command string
	all     bool
	quiet   bool
}

func main() {
	var set settings
	set.Register(flag.CommandLine)
	flag.StringVar(&set.command, "exec", "", "run `COMMAND` in the shell for each message")
	flag.BoolVar(&set.all, "all", false, "watch all mailboxes, instead of the URL's mailbox or INBOX")
	flag.BoolVar(&set.quiet, "quiet", false, "print nothing but errors")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() == 0 {
		usage()
		os.Exit(2)
	}
	program.Main("notify", func(ctx context.Context) error { return run(ctx, os.Stdout, os.Stderr, flag.Args(), set) })
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: notify [flags] URL...

Notify waits for mail in the accounts. For each message that arrives it prints a line and, with -exec, runs a command. The command's environment has
  IMAP_ACCOUNT IMAP_MAILBOX IMAP_UID IMAP_FROM IMAP_SUBJECT

`+program.URLs+`
`)
	flag.PrintDefaults()
}

// run watches all accounts until ctx ends. If one account has a permanent error, the others continue.
func run(ctx context.Context, out, errs io.Writer, urls []string, set settings) error {
	p := &printer{out: out, errs: errs}
	var list []*watch
	for _, u := range urls {
		opt, mailbox, err := set.Options(u, "IMAP_PASSWORD")
		if err != nil {
			return err
		}
		w := &watch{name: shown(u), mailbox: mailbox, set: set, p: p}
		opt.MaxConns = max(set.Conns, 1) // one connection waits for mail, the others fetch it
		opt.Report = w.report
		w.a = account.New(opt)
		defer w.a.Close()
		list = append(list, w)
	}
	var wg sync.WaitGroup
	failed := make([]error, len(list))
	for i, w := range list {
		wg.Go(func() {
			if err := w.run(ctx); err != nil && ctx.Err() == nil {
				failed[i] = fmt.Errorf("%s: %w", w.name, err)
				p.err("%s: given up: %s", w.name, program.Explain(err))
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// shown returns a URL as notify prints it: without the scheme, and safe for a terminal.
func shown(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	return displaysafe.Line(rest)
}

// printer prints lines for several goroutines.
type printer struct {
	mu        sync.Mutex
	out, errs io.Writer
}

func (p *printer) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}

func (p *printer) err(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.errs, format+"\n", args...)
}
