package interop

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestInteropCourierGroups gives rights to a group, in Courier's notation, and takes them from one of its members. The
// rights are those of RFC 2086.
func TestInteropCourierGroups(tt *testing.T) {
	p := peer.Courier(tt)
	t := &trial{T: tt, ctx: timeout(tt), s: overTLS(tt, p, nil), p: p}
	t.box = t.mine("Staff")
	commands.Delete(t.s, t.box).Wait(t.ctx)
	must(t, commands.Create(t.s, t.box))
	must(t, commands.Append(t.s, t.box, strings.NewReader("Subject: for all of you\r\n\r\n"), -1))
	if caps := t.s.Caps(); !caps.Has("ACL2=UNION") {
		t.Errorf("no ACL2=UNION among %v", caps)
	}
	must(t, commands.SetACL(t.s, t.box, "$staff", commands.SetRights, "lrs"))
	must(t, commands.SetACL(t.s, t.box, "$staff", commands.AddRights, "w"))
	must(t, commands.SetACL(t.s, t.box, "-"+p.Other, commands.SetRights, "w"))
	acl := must(t, commands.GetACL(t.s, t.box))
	told := map[string]parser.Rights{}
	for _, e := range acl.Entries {
		told[string(e.Identifier)] = e.Rights
	}
	if !told["$staff"].Equal("lrsw") || told["-"+p.Other] != "w" || !told["owner"].Modern().Has(parser.RightAdminister) {
		t.Errorf("the ACL is %v", told)
	}
	// Nobody can take rights away from the owner.
	if _, err := commands.SetACL(t.s, t.box, "owner", commands.SetRights, "l").Wait(t.ctx); !errors.Is(err, parser.NO) {
		t.Errorf("SETACL for the owner: %v", err)
	}
	must(t, commands.DeleteACL(t.s, t.box, "$staff"))
	must(t, commands.Delete(t.s, t.box))
	must(t, commands.Logout(t.s))
}

// TestInteropCourierQuota fills a mailbox until Courier sends an ALERT that it is full, and asks for the quotas of a
// user without any.
func TestInteropCourierQuota(tt *testing.T) {
	p := peer.Courier(tt)
	p.User = p.Other
	var alerts []string
	t := &trial{T: tt, ctx: timeout(tt), p: p, s: overTLS(tt, p, &session.Config{Handler: session.Handler{
		Alert: func(text string) { alerts = append(alerts, text) },
	}})}
	t.box = t.mine("Full")
	commands.Delete(t.s, t.box).Wait(t.ctx)
	must(t, commands.Create(t.s, t.box))
	storage := func() parser.QuotaResource {
		roots := must(t, commands.GetQuotaRoot(t.s, t.box))
		if len(roots.Quotas) != 1 {
			t.Fatalf("want one quota, got %+v", roots)
		}
		r, _ := roots.Quotas[0].Resource(parser.ResourceStorage)
		if n, ok := roots.Quotas[0].Resource("MESSAGE"); !ok || n.Limit != 50 {
			t.Errorf("want a limit of 50 messages, got %+v", roots)
		}
		return r
	}
	if r := storage(); r.Limit != 97 && r.Limit != 98 {
		t.Errorf("want a limit of 97 or 98 KiB, got %+v", r)
	}
	text := "Subject: big\r\n\r\n" + strings.Repeat("0123456789abcdef0123456789abcdef0123456789abcdef\r\n", 400)
	var err error
	fit := 0
	for ; fit < 10 && err == nil; fit++ {
		_, err = commands.Append(t.s, t.box, strings.NewReader(text), -1).Wait(t.ctx)
	}
	if fit--; fit != 4 && fit != 5 || !errors.Is(err, parser.NO) || !errors.Is(err, parser.CodeAlert) {
		t.Errorf("%d fit; %v", fit, err)
	}
	if len(alerts) != 1 || !strings.Contains(alerts[0], "quota") {
		t.Errorf("alerts %q", alerts)
	}
	if r := storage(); r.Usage < 70 || r.Usage > r.Limit {
		t.Errorf("want a usage from 70 KiB up to the limit, got %+v", r)
	}
	// COPY into the full mailbox fails as well. The session can still be used, and deleting messages makes room.
	must(t, commands.Select(t.s, t.box))
	if _, err := commands.Copy(t.s, numset.Span(numset.Seq, 1, 3), t.mine("Full")).Wait(t.ctx); !errors.Is(err, parser.NO) {
		t.Errorf("COPY: %v", err)
	}
	t.check(commands.Store(t.s, numset.All(numset.Seq), commands.AddFlags.Silent(), parser.FlagDeleted).Wait(t.ctx))
	t.check(commands.Expunge(t.s).Wait(t.ctx))
	must(t, commands.Append(t.s, t.box, strings.NewReader(text), -1))
	must(t, commands.CloseMailbox(t.s))
	must(t, commands.Delete(t.s, t.box))
	must(t, commands.Logout(t.s))

	// For a user without quotas, Courier reports a quota root without limits.
	s := secured(tt, p, 0, false)
	carol := &trial{T: tt, ctx: t.ctx, s: s, p: p}
	must(carol, commands.Login(s, "carol", auth.NewSecret(p.Password)))
	if roots := must(carol, commands.GetQuotaRoot(s, "INBOX")); len(roots.Quotas) != len(roots.Roots) || len(roots.Quotas) > 0 && len(roots.Quotas[0].Resources) > 0 {
		t.Errorf("want quota roots without limits, got %+v", roots)
	}
}

// TestInteropCourierMechanisms logs in with each mechanism that Courier offers and the client supports.
func TestInteropCourierMechanisms(tt *testing.T) {
	p := peer.Courier(tt)
	for _, mech := range []string{"CRAM-MD5", "PLAIN"} {
		s := secured(tt, p, 0, false)
		if !s.Caps().Has("AUTH=" + mech) {
			tt.Fatalf("no AUTH=%s among %v", mech, s.Caps())
		}
		byName(tt, s, mech, credentials(tt, p, mech))
	}
	t := &trial{T: tt, ctx: timeout(tt), p: p, s: secured(tt, p, 0, false)}
	if _, err := commands.Login(t.s, p.User, auth.NewSecret("wrong")).Wait(t.ctx); !errors.Is(err, parser.NO) || strings.Contains(fmt.Sprint(err), "wrong") {
		t.Errorf("the wrong password: %v", err)
	}
	must(t, commands.Login(t.s, p.User, auth.NewSecret(p.Password)))
}
