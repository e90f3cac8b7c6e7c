// Mirror synchronizes a directory of Maildirs with an account, in both directions: it applies new messages, deletions
// and changes of flags on one side to the other.
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
	flag.BoolVar(&m.deleteAll, "delete-all", false, "if all messages of a mailbox were deleted in DIR, delete them on the server; without this flag, mirror assumes an accident")
	flag.BoolVar(&m.noSync, "no-fsync", false, "do not wait until messages are on the disk: faster, and not safe if the power fails")
	flag.BoolVar(&m.verbose, "v", false, "print what mirror does")
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
			// Close sends LOGOUT and waits for the answer. Do not wait longer than 2 ms, because a round trip may take
			// much longer and mirror does not need the answer.
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

Mirror keeps each mailbox as a Maildir in DIR, in a directory of the same name. For a Maildir that the server lacks, it creates a mailbox.
If a file is deleted, mirror deletes the message on the server, and the other way round. If flags have changed on both sides, it keeps both changes.

`+program.URLs+"\n")
	flag.PrintDefaults()
}
