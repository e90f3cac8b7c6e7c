// Attachments saves all attachments of a mailbox, or of all mailboxes, as files.
//
//	go run ./docs/examples/attachments imaps://alice@mail.example.com/INBOX ~/attachments
//
// It changes nothing on the server, and does not fetch again what has already been saved.
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
	inline  bool
	dry     bool
	maxSize uint64
}

func main() {
	var set settings
	set.Register(flag.CommandLine)
	flag.BoolVar(&set.inline, "inline", false, "save pictures that are shown within the text, too")
	flag.BoolVar(&set.dry, "n", false, "save nothing, and print what would be saved")
	flag.Uint64Var(&set.maxSize, "max-size", 0, "leave out attachments whose encoded size exceeds `N` octets")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() != 2 || set.Conns < 1 {
		usage()
		os.Exit(2)
	}
	program.Main("attachments", func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, flag.Arg(0), flag.Arg(1), set)
	})
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: attachments [flags] URL FOLDER

Attachments saves the attachments of the URL's mailbox, or of all mailboxes if the URL names none, in FOLDER, and prints the name of each file. Run it again
to continue after an interruption, or to save what has arrived since.

`+program.URLs+`
`)
	flag.PrintDefaults()
}

// errSome reports attachments that could not be saved.
var errSome = errors.New("some attachments were not saved")

func run(ctx context.Context, out, errs io.Writer, url, folder string, set settings) error {
	opt, mailbox, err := set.Options(url, "IMAP_PASSWORD")
	if err != nil {
		return err
	}
	root, err := openFolder(folder, set.dry)
	if err != nil {
		return err
	}
	if root != nil {
		defer root.Close()
	}
	c := &collector{a: account.New(opt), set: set, root: root, out: out, errs: errs}
	if f, ok := errs.(*os.File); ok {
		c.bar = program.NewBar(f)
	}
	defer c.a.Close()
	defer c.bar.Clear()
	if err := c.run(ctx, mailbox); err != nil {
		return err
	}
	c.bar.Clear()
	fmt.Fprintf(errs, "%d saved, %d already there, %d failed\n", c.saved.Load(), c.there.Load(), c.failed.Load())
	if c.failed.Load() > 0 {
		return errSome
	}
	return nil
}

// openFolder makes the folder and opens it as a root, so that no file name leads out of it.
func openFolder(folder string, dry bool) (*os.Root, error) {
	if dry {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	return os.OpenRoot(folder)
}
