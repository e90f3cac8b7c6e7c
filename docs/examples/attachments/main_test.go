package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
)

// parcel returns a message with two attachments of the same name, a picture in the text, and an attachment whose name
// tries to leave the folder.
func parcel(i int, data []byte) string {
	encoded := base64.StdEncoding.EncodeToString(data)
	var lines strings.Builder
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		lines.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	part := func(head string) string {
		return "--b\r\n" + head + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines.String() + "\r\n"
	}
	return fmt.Sprintf("Subject: %d\r\nDate: Thu, 29 Feb 2024 12:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee there\r\n", i) +
		part("Content-Type: application/pdf; name=a.pdf") + part("Content-Disposition: attachment; filename*=utf-8''a.pdf\r\nContent-Type: application/pdf") +
		part("Content-Disposition: attachment; filename=\"../../../escaped\"\r\nContent-Type: application/zip") + part("Content-Type: image/png\r\nContent-Disposition: inline") + "--b--\r\n"
}

func collect(t *testing.T, url, dir string, set settings) (out, errs string, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var o, e bytes.Buffer
	err = run(ctx, &o, &e, url, dir, set)
	return o.String(), e.String(), err
}

// files returns the files below a folder, by name.
func files(t *testing.T, dir string) map[string]string {
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			text, err := os.ReadFile(p)
			name, _ := filepath.Rel(dir, p)
			found[filepath.ToSlash(name)] = string(text)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var data = bytes.Repeat([]byte("\x00\r\n\n\xff0123456789"), 5000)

func serve(t *testing.T, opts ...imaptest.Option) (srv *imaptest.Server, url string, set settings) {
	srv, url, set.Settings = exampletest.Serve(t, opts...)
	return srv, url, set
}

func TestAttachments(t *testing.T) {
	srv, url, set := serve(t)
	for i := range 3 {
		srv.Mailbox("alice", "INBOX").Append([]byte(parcel(i, data)))
	}
	srv.Mailbox("alice", "Work/2024: a").Append([]byte(parcel(9, data)))
	srv.Mailbox("alice", "All").Append([]byte(parcel(9, data)))
	srv.Mailbox("alice", "All").SetSpecialUse(parser.AttrAll)
	dir := filepath.Join(t.TempDir(), "deep", "folder")
	set.dry = true
	if _, errs, err := collect(t, url, dir, set); err != nil || !strings.Contains(errs, "12 saved") {
		t.Fatalf("-n: got %v\n%s\nwant 12 saved", err, errs)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("-n has created the folder")
	}
	set.dry = false
	for _, want := range []string{"12 saved, 0 already there, 0 failed", "0 saved, 12 already there, 0 failed"} {
		if out, errs, err := collect(t, url, dir, set); err != nil || !strings.Contains(errs, want) {
			t.Fatalf("got %v\n%s\nwant %s; standard output:\n%s", err, errs, want, out)
		}
	}
	found := files(t, filepath.Dir(dir))
	v := srv.Mailbox("alice", "INBOX").Status().UIDValidity
	for _, name := range []string{"2024-02-29 %d.3 a.pdf", "2024-02-29 %d.3 (2) a.pdf", "2024-02-29 %d.3 escaped"} {
		if found["folder/INBOX/"+fmt.Sprintf(name, v)] != string(data) {
			t.Errorf("%s differs from the attachment", name)
		}
	}
	if len(found) != 12 || found["folder/Work/2024_ a/"+fmt.Sprintf("2024-02-29 %d.1 a.pdf", srv.Mailbox("alice", "Work/2024: a").Status().UIDValidity)] == "" {
		for name := range found {
			t.Errorf("got %d files, want 12; one is %s", len(found), name)
		}
	}
	set.inline = true
	if _, errs, err := collect(t, url+"/INBOX", dir, set); err != nil || !strings.Contains(errs, "3 saved, 9 already there") {
		t.Errorf("-inline: got %v\n%s\nwant 3 saved, 9 already there", err, errs)
	}
	if _, _, err := collect(t, url+"/None", dir, set); err == nil {
		t.Error("a mailbox that does not exist: got no error")
	}
	for m := range srv.Mailbox("alice", "INBOX").Messages() {
		if len(m.Flags) > 0 {
			t.Errorf("UID %d has the flags %v, want none", m.UID, m.Flags)
		}
	}
}

// TestAttachmentsInterrupted ends connections in the middle of downloads. At the end each file must be complete, and no
// partial file may be left.
func TestAttachmentsInterrupted(t *testing.T) {
	srv, url, set := serve(t)
	for i := range 5 {
		srv.Mailbox("alice", "INBOX").Append([]byte(parcel(i, data)))
	}
	dir := t.TempDir()
	for i := range 3 {
		srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: int64(20_000 * i)}, imaptest.When{Command: "UID FETCH", Moment: imaptest.During, Skip: 3 * i, Times: 1})
	}
	var err error
	for range 10 {
		if _, _, err = collect(t, url, dir, set); err == nil {
			break
		}
	}
	found := files(t, dir)
	for name, text := range found {
		if text != string(data) {
			t.Errorf("%s has %d octets, want the %d of the attachment", name, len(text), len(data))
		}
	}
	if len(found) != 15 || err != nil {
		t.Errorf("got %d files, %v; want 15", len(found), err)
	}
}

func TestInteropAttachments(t *testing.T) {
	for _, srv := range []peer.Env{peer.Dovecot(t), peer.Cyrus(t)} {
		var set settings
		var url string
		url, set.Settings = exampletest.Real(t, srv, parcel(1, data))
		dir := t.TempDir()
		out, errs, err := collect(t, url, dir, set)
		if err != nil || !strings.Contains(errs, "3 saved, 0 already there, 0 failed") {
			t.Errorf("got %v\n%s\nwant 3 saved; standard output:\n%s", err, errs, out)
		}
		for name, text := range files(t, dir) {
			if text != string(data) {
				t.Errorf("%s has %d octets, want the %d of the attachment", name, len(text), len(data))
			}
		}
	}
}
