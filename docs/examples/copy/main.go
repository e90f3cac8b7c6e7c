// Copy copies the mail of one account to another. It can be interrupted and run again: it leaves out messages that the
// other account already has.
//
//	go run ./docs/examples/copy imaps://alice@old.example.com imaps://alice@new.example.com
//
// It keeps folders, flags and dates, and changes nothing in the account that it copies from.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
)

type settings struct {
	program.Settings
	dry     bool
	all     bool
	exclude string
}

func main() {
	var set settings
	set.Register(flag.CommandLine)
	flag.Lookup("connections").Usage = "use no more than `N` connections to either server, and copy as many mailboxes at a time"
	flag.BoolVar(&set.dry, "n", false, "copy nothing, and print what would be copied")
	flag.BoolVar(&set.all, "all", false, `also copy mailboxes whose messages are in other mailboxes too, such as Gmail's "All Mail"`)
	flag.StringVar(&set.exclude, "exclude", "", "leave out mailboxes whose names match `PATTERN`, in which * stands for anything")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() != 2 || set.Conns < 1 {
		usage()
		os.Exit(2)
	}
	program.Main("copy", func(ctx context.Context) error { return run(ctx, os.Stderr, flag.Arg(0), flag.Arg(1), set) })
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: copy [flags] FROM TO

Copy copies all mail of the account FROM to the account TO. Run it again to continue after an interruption, or to copy what has arrived since.

`+program.URLs+`If the two accounts have different passwords, set IMAP_PASSWORD_FROM and IMAP_PASSWORD_TO.

`)
	flag.PrintDefaults()
}

// errSome reports messages that could not be copied.
var errSome = errors.New("some messages were not copied")

func run(ctx context.Context, w io.Writer, from, to string, set settings) error {
	src, _, err := set.Options(from, "IMAP_PASSWORD_FROM", "IMAP_PASSWORD")
	if err != nil {
		return err
	}
	dst, _, err := set.Options(to, "IMAP_PASSWORD_TO", "IMAP_PASSWORD")
	if err != nil {
		return err
	}
	m := &migration{from: account.New(src), to: account.New(dst), set: set, w: w}
	if f, ok := w.(*os.File); ok {
		m.bar = program.NewBar(f)
	}
	defer m.from.Close()
	defer m.to.Close()
	defer m.bar.Clear()
	return m.run(ctx)
}
