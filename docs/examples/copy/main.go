// Copy copies the mail of one account to another: a migration, which can be interrupted and begun again, and leaves out what is there.
//
//	go run ./docs/examples/copy imaps://alice@old.example.com imaps://alice@new.example.com
//
// Folders, flags and dates are kept. Nothing is changed where it is copied from.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/docs/examples/internal/cli"
)

type settings struct {
	cli.Flags
	dry     bool
	all     bool
	jobs    int
	exclude string
}

func main() {
	var set settings
	set.Register(flag.CommandLine)
	flag.BoolVar(&set.dry, "n", false, "copy nothing, and say what would be")
	flag.BoolVar(&set.all, "all", false, `copy mailboxes that only show what is in others too, such as Gmail's "All Mail"`)
	flag.IntVar(&set.jobs, "j", 3, "copy `N` mailboxes at a time")
	flag.StringVar(&set.exclude, "exclude", "", "leave out mailboxes whose names match `PATTERN`, in which * stands for anything")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() != 2 || set.jobs < 1 {
		usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stderr, flag.Arg(0), flag.Arg(1), set); err != nil {
		fmt.Fprintln(os.Stderr, "copy:", cli.Explain(err))
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: copy [flags] FROM TO

Copies all mail of the account FROM to the account TO. Run it again to go on where it was interrupted, or to copy what has come since.

`+cli.URLs+`Passwords are those of the environment variables IMAP_PASSWORD_FROM and IMAP_PASSWORD_TO, or IMAP_PASSWORD for both.

`)
	flag.PrintDefaults()
}

// errSome reports messages that could not be copied.
var errSome = errors.New("some messages were not copied")

func run(ctx context.Context, w io.Writer, from, to string, set settings) error {
	src, _, err := set.Account(from, "IMAP_PASSWORD_FROM", "IMAP_PASSWORD")
	if err != nil {
		return err
	}
	dst, _, err := set.Account(to, "IMAP_PASSWORD_TO", "IMAP_PASSWORD")
	if err != nil {
		return err
	}
	src.MaxConns, dst.MaxConns = set.jobs, set.jobs
	m := &migration{from: account.New(src), to: account.New(dst), set: set, progress: cli.NewProgress(w)}
	defer m.from.Close()
	defer m.to.Close()
	defer m.progress.Close()
	return m.run(ctx)
}
