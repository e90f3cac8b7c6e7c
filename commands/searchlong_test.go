package commands_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// longSearches are searches whose answer is a single line, which is longer than the session may hold. It is read in
// parts; see parser.Reader.InParts.
var longSearches = []struct {
	name  string
	start func(*session.Session) func(context.Context) (string, error)
	line  string // the answer; %s is replaced by the tag
	want  string
}{
	{"SEARCH", func(s *session.Session) func(context.Context) (string, error) {
		call := commands.Search(s, numset.UID, search.All)
		return func(ctx context.Context) (string, error) {
			r, err := call.Wait(ctx)
			if err != nil {
				return "", err
			}
			return fmt.Sprint(r.Found, r.Min, r.Max, r.Count, r.ModSeq), nil
		}
	}, "* SEARCH" + numberText(3000, " %d") + " 7000 9 (MODSEQ 77)\r\n", "1:3000,7000 1 7000 3001 77"},
	{"ESEARCH", func(s *session.Session) func(context.Context) (string, error) {
		call := commands.Search(s, numset.UID, search.All, search.ReturnAll, search.ReturnCount)
		return func(ctx context.Context) (string, error) {
			r, err := call.Wait(ctx)
			if err != nil {
				return "", err
			}
			n, _ := r.Found.Len()
			return fmt.Sprint(len(r.Found.Ranges()), n, r.Count, r.ModSeq), nil
		}
	}, "* ESEARCH (TAG \"%s\") UID ALL 1" + numberText(2000, ",%d1:%[1]d3") + " COUNT 6001 MODSEQ 8\r\n", "2001 6001 6001 8"},
	{"SORT", func(s *session.Session) func(context.Context) (string, error) {
		call := commands.Sort(s, numset.UID, []search.SortKey{search.ByDate}, search.All)
		return func(ctx context.Context) (string, error) {
			r, err := call.Wait(ctx)
			if err != nil {
				return "", err
			}
			return fmt.Sprint(r.Ranges, r.Min, r.Max, r.Count), nil
		}
	}, "* SORT 9" + numberText(3000, " %d") + " 7\r\n", "[{9 9} {1 3000} {7 7}] 9 7 3002"},
}

func numberText(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i+1)
	}
	return b.String()
}

// TestLongSearch ends the wait for the search, or for the command after it, at many points while the line arrives. The
// next wait returns the result, and the responses after the line are read.
func TestLongSearch(t *testing.T) {
	const message = 2 << 10 // so small that the line is read in several parts
	for _, c := range longSearches {
		for _, own := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " own wait ", own), func(t *testing.T) {
				for at := 0; at < len(c.line); at += 1 + at/200*7 {
					synctest.Test(t, func(t *testing.T) {
						client, srv := imaptest.Pipe(0)
						go func() {
							defer srv.Close()
							io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 ESEARCH SORT CONDSTORE UIDPLUS] ready\r\n")
							in := bufio.NewReader(srv)
							for {
								text, err := in.ReadString('\n')
								if err != nil {
									return
								}
								tag, rest, _ := strings.Cut(text, " ")
								switch {
								case strings.HasPrefix(rest, "SELECT"):
									io.WriteString(srv, "* 9 EXISTS\r\n")
								case strings.HasPrefix(rest, "UID"):
									line := c.line
									if strings.Contains(line, "%s") {
										line = fmt.Sprintf(line, tag)
									}
									io.WriteString(srv, line[:at])
									time.Sleep(time.Minute)
									io.WriteString(srv, line[at:])
								}
								io.WriteString(srv, tag+" OK done\r\n")
							}
						}()
						ctx := t.Context()
						s, err := session.Open(ctx, client, &session.Config{Limits: wire.Limits{Message: message}})
						if err != nil {
							t.Fatal(err)
						}
						defer s.Close()
						if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
							t.Fatal(err)
						}
						found := c.start(s)
						next := commands.Noop(s)
						soon, cancel := context.WithTimeout(ctx, time.Second)
						defer cancel()
						first := func(ctx context.Context) error { _, err := next.Wait(ctx); return err }
						if own {
							first = func(ctx context.Context) error { _, err := found(ctx); return err }
						}
						if err := first(soon); !errors.Is(err, context.DeadlineExceeded) {
							t.Fatalf("at octet %d: %v", at, err)
						}
						if own {
							_, err = next.Wait(ctx)
						} else {
							var got string
							if got, err = found(ctx); got != c.want {
								t.Fatalf("at octet %d: found %.200s", at, got)
							}
						}
						if err != nil {
							t.Fatalf("at octet %d: %v", at, err)
						}
						if _, err := commands.Noop(s).Wait(ctx); err != nil {
							t.Fatalf("at octet %d: %v", at, err)
						}
					})
				}
			})
		}
	}
}

// TestLongSearchWhole sends the program's own command, which does not accept parts. The command gets the whole line
// or, if the line is too long, a wire.LimitError.
func TestLongSearchWhole(t *testing.T) {
	line := "* SEARCH" + numberText(20_000, " %d")
	for limit, want := range map[int]string{0: line + "\r\n", 64 << 10: ""} {
		client, srv := imaptest.Pipe(0)
		go func() {
			defer srv.Close()
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
			in := bufio.NewReader(srv)
			for text, err := in.ReadString('\n'); err == nil; text, err = in.ReadString('\n') {
				io.WriteString(srv, line+"\r\n"+strings.Fields(text)[0]+" OK done\r\n")
			}
		}()
		s, err := session.Open(t.Context(), client, &session.Config{Limits: wire.Limits{Message: limit}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r, err := commands.Execute(s, "X-SEARCH", nil, "SEARCH").Wait(t.Context())
		var over *wire.LimitError
		if want == "" {
			if !errors.As(err, &over) || over.What != "message" {
				t.Error(err)
			}
		} else if err != nil || len(r.Data) != 1 || !strings.HasSuffix(string(r.Data[0].Payload), " 20000") {
			t.Errorf("Execute: got %v, %v", r, err)
		}
	}
}
