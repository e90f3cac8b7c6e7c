// Mirror keeps a directory of Maildirs and an account in step, in both directions: if a message arrives, disappears, or
// gets other flags on one side, so does its copy on the other.
//
//	go run ./docs/examples/mirror imaps://alice@mail.example.com Mail
//
// Its state is in one file. It can be interrupted at any time; the next run continues from there.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/imapstack/imapstack/docs/examples/internal/program"
)

func main() {
	var set program.Settings
	set.Register(flag.CommandLine)
	m := new(mirror)
	flag.StringVar(&m.stateFile, "state", "", "keep the state in `FILE`; the default is DIR/.mirror")
	flag.StringVar(&m.only, "only", "", "mirror only mailboxes that match `PATTERN`, in which * stands for anything")
	flag.BoolVar(&m.deleteAll, "delete-all", false, "if all messages of a mailbox were deleted in DIR, delete them on the server; otherwise mirror assumes an accident")
	flag.BoolVar(&m.noSync, "no-fsync", false, "do not wait until messages are on the disk: faster, and not safe if the power fails")
	flag.BoolVar(&m.verbose, "v", false, "say what is done")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() != 2 {
		usage()
		os.Exit(2)
	}
	program.Main("mirror", func(ctx context.Context) error {
		a, _, err := set.Account(flag.Arg(0), "IMAP_PASSWORD")
		if err != nil {
			return err
		}
		defer func() {
			// Close sends LOGOUT. Do not wait for the answer, which would take a round trip.
			closed := make(chan struct{})
			go func() { a.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(2 * time.Millisecond):
			}
		}()
		m.account, m.conns, m.dir, m.out = a, set.Conns, flag.Arg(1), os.Stdout
		if m.stateFile == "" {
			m.stateFile = filepath.Join(m.dir, ".mirror")
		}
		m.bar = program.NewBar(os.Stderr)
		defer m.bar.Clear()
		return m.run(ctx)
	})
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: mirror [-state FILE] [-only PATTERN] [-v] URL DIR

Each mailbox is a Maildir in DIR, in a directory of its name. A Maildir that the server does not have is made a mailbox.
Deleting a file deletes the message; so does deleting a message the file. Where both sides have changed a message, both changes are kept.

`+program.URLs+"\n")
	flag.PrintDefaults()
}
