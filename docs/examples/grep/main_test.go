package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
)

func grep(t *testing.T, url, text string, set settings) (out, errs string, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var o, e bytes.Buffer
	err = run(ctx, &o, &e, url, text, set)
	return o.String(), e.String(), err
}

const letter = "From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= \x1b[2J\r\nDate: Thu, 29 Feb 2024 12:00:00 +0000\r\nContent-Type: text/plain\r\n\r\nwhere is the invoice?\r\n"

func TestGrep(t *testing.T) {
	var set settings
	srv, url, common := exampletest.Serve(t)
	set.Settings = common
	date := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"INBOX", "Work/Entwürfe", "All"} {
		srv.Mailbox("alice", name).AppendAt(date, []byte("From: bob@example.org\r\nSubject: other\r\n\r\nnothing\r\n"))
		srv.Mailbox("alice", name).AppendAt(date, []byte(letter))
	}
	srv.Mailbox("alice", "All").SetSpecialUse(parser.AttrAll)
	inbox, both := "INBOX/2  2024-02-29  Zoë  Grüße \ufffd[2J\n", "INBOX/2  2024-02-29  Zoë  Grüße \ufffd[2J\nWork/Entwürfe/2  2024-02-29  Zoë  Grüße \ufffd[2J\n"
	since, later := settings{since: "2024-02-29"}, settings{since: "2024-03-01"}
	for _, c := range []struct {
		url, text string
		set       settings
		want      string
	}{
		{url, "invoice", set, both}, {url + "/INBOX", "invoice", set, inbox}, {url, "grüße", set, both}, {url, "none of that", set, ""},
		{url, "invoice", since, both}, {url, "invoice", later, ""}, {url, "", settings{from: "zoë", subject: "grü"}, both}, {url, "", settings{from: "zoë", subject: "other"}, ""},
	} {
		c.set.Settings = set.Settings
		out, errs, err := grep(t, c.url, c.text, c.set)
		if out != c.want || errs != "" || err != nil {
			t.Errorf("%s %q %+v: got %v\n%q\nwant\n%q\nstandard error:\n%s", c.url, c.text, c.set, err, out, c.want, errs)
		}
	}
	for _, c := range []struct{ url, text, since string }{{url, "", ""}, {url, "x", "yesterday"}, {url + "/None", "x", ""}} {
		bad := set
		bad.since = c.since
		if out, _, err := grep(t, c.url, c.text, bad); err == nil {
			t.Errorf("%+v: got no error, and the output %s", c, out)
		}
	}
	// The server knows only ASCII (RFC 3501 §6.4.4).
	srv.Inject(imaptest.Answer{Code: parser.CodeBadCharset, Text: "no"}, imaptest.When{Command: "UID SEARCH", Times: 1})
	if out, errs, err := grep(t, url+"/INBOX", "grüße", set); out != inbox || !strings.Contains(errs, "not ASCII") || err != nil {
		t.Errorf("a server that knows only ASCII: got %v\n%q\nwant\n%q\nstandard error:\n%s", err, out, inbox, errs)
	}
}

func TestInteropGrep(t *testing.T) {
	for _, srv := range []peer.Env{peer.Dovecot(t), peer.Cyrus(t)} {
		var set settings
		var url string
		url, set.Settings = exampletest.Real(t, srv, strings.ReplaceAll(letter, "\x1b", ""))
		for _, text := range []string{"invoice", "grüße", "Zoë"} {
			out, errs, err := grep(t, url, text, set)
			if err != nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, "Zoë  Grüße") {
				t.Errorf("%s: %s: got %v\n%s\nwant one line about the letter; standard error:\n%s", srv.Name, text, err, out, errs)
			}
		}
	}
}
