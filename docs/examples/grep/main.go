// Grep searches the mailboxes of an account, and prints a line for each message that it finds.
//
//	go run ./docs/examples/grep -subject invoice -since 2024-01-01 imaps://alice@mail.example.com
//
// The server does the search and decides what matches. Grep changes nothing on the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
)

type settings struct {
	program.Settings
	from, to, subject, since string
}

func main() {
	var set settings
	set.Register(flag.CommandLine)
	flag.StringVar(&set.from, "from", "", "only messages from somebody whose name or address contains `TEXT`")
	flag.StringVar(&set.to, "to", "", "only messages to somebody whose name or address contains `TEXT`")
	flag.StringVar(&set.subject, "subject", "", "only messages whose subject contains `TEXT`")
	flag.StringVar(&set.since, "since", "", "only messages that arrived on `DAY`, such as 2024-01-31, or later")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() < 1 || flag.NArg() > 2 {
		usage()
		os.Exit(2)
	}
	program.Main("grep", func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, flag.Arg(0), flag.Arg(1), set)
	})
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: grep [flags] URL [TEXT]

Grep prints the mailbox, UID, date, sender and subject of each message whose header or text contains TEXT. It searches the URL's mailbox, or all mailboxes if the URL names none.

`+program.URLs+`
`)
	flag.PrintDefaults()
}

// errNothing reports that there is nothing to search for.
var errNothing = errors.New("search for what? Give TEXT, or a flag")

// keys returns the search key, a wider key for a server that knows only ASCII, and the texts that the wider key leaves
// out.
func (set *settings) keys(text string) (key, wider search.Key, exact []string, err error) {
	var all, ascii []search.Key
	add := func(text string, key func(string) search.Key) {
		if text == "" {
			return
		}
		all = append(all, key(text))
		if strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) {
			exact = append(exact, text)
		} else {
			ascii = append(ascii, key(text))
		}
	}
	add(text, search.Text)
	add(set.from, search.From)
	add(set.to, search.To)
	add(set.subject, search.Subject)
	if set.since != "" {
		day, err := time.Parse(time.DateOnly, set.since)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("-since %s: want a day as YYYY-MM-DD", set.since)
		}
		all, ascii = append(all, search.Since(day)), append(ascii, search.Since(day))
	}
	if len(all) == 0 {
		return nil, nil, nil, errNothing
	}
	if wider = search.All; len(ascii) > 0 {
		wider = search.And(ascii...)
	}
	return search.And(all...), wider, exact, nil
}

func run(ctx context.Context, out, errs io.Writer, url, text string, set settings) error {
	opt, mailbox, err := set.Options(url, "IMAP_PASSWORD")
	if err != nil {
		return err
	}
	g := &searcher{out: out, errs: errs}
	if g.key, g.wider, g.exact, err = set.keys(text); err != nil {
		return err
	}
	g.a = account.New(opt)
	defer g.a.Close()
	return g.run(ctx, mailbox)
}
