package serve_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
)

// pipelined has the commands for TestPipeliningRandom, each with its literals and the lines that follow it. "|" stands
// for CRLF.
var pipelined = []string{
	"SELECT x", "SELECT y", "SELECT INBOX", "EXAMINE x", "SELECT {1+}|x", "SELECT {1}|x", "SELECT nope", "CLOSE", "UNSELECT",
	"RENAME x y", "RENAME y x", "DELETE x", "DELETE y", "CREATE x", "CREATE y", "STATUS x (MESSAGES UIDNEXT)", `LIST "" *`,
	"FETCH 1 (UID FLAGS)", "FETCH 1:* (UID BODY[])", "UID FETCH 1:* (FLAGS)", `STORE 1 +FLAGS (\Deleted)`,
	`STORE 1:* FLAGS.SILENT (\Seen)`, "EXPUNGE", "UID EXPUNGE 1:*", "COPY 1 y", "COPY 1:* x", "MOVE 1 x", "MOVE 1 y",
	"APPEND x {14+}|Subject: 1|||", "APPEND y {14}|Subject: 2|||", `APPEND x (\Deleted) {14+}|Subject: 1||| {14+}|Subject: 3|||`,
	"APPEND nope {14+}|a9 NOOP|b NO|", "APPEND x {14}|Subject: 2|||x", "REPLACE 1 x {14+}|Subject: 4|||",
	`APPEND x CATENATE (TEXT {14+}|Subject: 5||| URL "/x/;UID=1")`, `APPEND x CATENATE (URL "/nope/;UID=1" TEXT {14+}|Subject: 5|||)`,
	"IDLE|DONE", "IDLE|b1 NOOP|DONE", "IDLE x|DONE", "IDLE|DONE|DONE", "NOOP|DONE", "NOOP", "CHECK|", "BAD {3+}|abc", "XX", "",
	"SEARCH RETURN (SAVE) ALL", "FETCH $ UID", "SEARCH SUBJECT {1+}|1", "SEARCH RETURN (UPDATE) ALL",
	"ESEARCH IN (selected mailboxes (x y)) RETURN (COUNT) ALL", "ENABLE CONDSTORE", "ENABLE QRESYNC", "ENABLE IMAP4rev2",
	"NOTIFY NONE", "NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge MailboxName))",
	"UNAUTHENTICATE", "LOGIN alice secret", "LOGIN {5+}|alice {6+}|secret", "LOGIN alice wrong", "AUTHENTICATE PLAIN|*",
	"AUTHENTICATE PLAIN|AGFsaWNlAHNlY3JldA==", "AUTHENTICATE NOPE|AGFs", "FETCH 1 {70000+}|" + strings.Repeat("x", 70_000),
}

// playPipelined sends text to a new server in the parts that split returns, and returns everything that the server
// sends until it ends the connection.
func playPipelined(t *testing.T, text string, split func(string) []string) string {
	t.Helper()
	s, _ := newServer(t, func(s *serve.Server) { s.MaxBad, s.MaxFailedLogins = -1, -1 })
	ours, theirs := imaptest.Pipe(0)
	defer ours.Close()
	go s.ServeConn(theirs)
	go func() {
		for _, part := range split(text) {
			if _, err := io.WriteString(ours, part); err != nil {
				return // the server has ended the connection
			}
		}
	}()
	all, err := io.ReadAll(ours)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestPipeliningRandom sends random commands without waiting for answers: all in one write, line by line, and in small
// pieces. The server runs the commands one after the other (RFC 9051 §5.5), so its responses are always the same, and
// the last command is answered.
func TestPipeliningRandom(t *testing.T) {
	for seed := range int64(40) {
		r := rand.New(rand.NewSource(seed))
		var b strings.Builder
		b.WriteString("a LOGIN alice secret|b CREATE x|c APPEND x {14+}|Subject: 0||||")
		for i := range 5 + r.Intn(25) {
			fmt.Fprintf(&b, "t%d %s|", i, pipelined[r.Intn(len(pipelined))])
		}
		b.WriteString("z LOGOUT|")
		text := strings.ReplaceAll(b.String(), "|", "\r\n")
		whole := playPipelined(t, text, func(s string) []string { return []string{s} })
		if !strings.HasSuffix(whole, "\r\nz OK LOGOUT completed\r\n") {
			t.Fatalf("%q in one write: got %q, want an answer to LOGOUT at its end", text, whole)
		}
		lines := playPipelined(t, text, func(s string) []string { return strings.SplitAfter(s, "\n") })
		if lines != whole {
			t.Fatalf("%q line by line: got %q, want %q", text, lines, whole)
		}
		pieces := playPipelined(t, text, func(s string) (out []string) {
			for len(s) > 0 {
				n := min(len(s), 1+r.Intn(30))
				out, s = append(out, s[:n]), s[n:]
			}
			return out
		})
		if pieces != whole {
			t.Fatalf("%q in small pieces: got %q, want %q", text, pieces, whole)
		}
	}
}

// TestPipeliningCompress sends commands in the same write as COMPRESS. The server runs compressed ones. Commands that are
// not compressed end the connection.
func TestPipeliningCompress(t *testing.T) {
	const begin = "a LOGIN alice secret\r\nb COMPRESS NOPE\r\nc COMPRESS DEFLATE\r\n"
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(z, "d NOOP\r\ne UNAUTHENTICATE\r\nf LOGIN {5+}\r\nalice {6+}\r\nsecret\r\ng LOGOUT\r\n")
	z.Flush()
	for text, want := range map[string]string{
		begin + packed.String():          "d OK NOOP completed\r\ne OK UNAUTHENTICATE completed\r\nf OK ",
		begin + "d NOOP\r\ne LOGOUT\r\n": "* BYE ",
	} {
		all := playPipelined(t, text, func(s string) []string { return []string{s} })
		clear, after, ok := strings.Cut(all, "c OK COMPRESS completed\r\n")
		if !ok || !strings.Contains(clear, "b NO ") {
			t.Fatalf("%q: got %q, want an answer to COMPRESS", text, all)
		}
		plain, err := io.ReadAll(flate.NewReader(strings.NewReader(after)))
		if err != nil || !strings.HasPrefix(string(plain), want) {
			t.Errorf("%q: got %q, %v after COMPRESS; want the prefix %q", text, plain, err, want)
		}
		if strings.Contains(string(plain), "f OK") != strings.HasSuffix(string(plain), "g OK LOGOUT completed\r\n") {
			t.Errorf("%q: got %q after COMPRESS, want an answer to LOGOUT at its end", text, plain)
		}
	}
}
