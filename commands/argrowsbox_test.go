package commands_test

import (
	"context"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// mailboxRows are the rows of commands about mailboxes.
var mailboxRows = []argRow{
	{covers: "Select", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Select(s, a)) }},
	{covers: "SelectChanges", free: "a", call: func(s *session.Session, a, b string) waiter { return commands.SelectChanges(s, a, true).Wait }},
	{covers: "Examine", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Examine(s, a, commands.CondStore()))
	}},
	{covers: "Create", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Create(s, a, `\`+b)) }},
	{covers: "CreateWith", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.CreateWith(s, a, commands.CreateParam{Write: func(e *wire.Encoder) { e.Atom("X").SP().String("x") }}))
	}},
	{covers: "Delete", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Delete(s, a)) }},
	{covers: "Rename", free: "ab", call: func(s *session.Session, a, b string) waiter { return call(commands.Rename(s, a, b)) }},
	{covers: "Subscribe", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Subscribe(s, a)) }},
	{covers: "Unsubscribe", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Unsubscribe(s, a)) }},
	{covers: "Status", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Status(s, a, status.Messages)) }},
	{covers: "Status status.Ext.Name", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Status(s, "x", status.Ext[string]{Name: a}))
	}},
	{covers: "List", free: "ab", call: func(s *session.Session, a, b string) waiter { return commands.List(s, "x"+a, "x"+b).Wait }},
	{covers: "ListCommand", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(session.Start(s, commands.ListCommand(s, "x"+a, []string{"x" + b}), new(int)))
	}},
	{covers: "Lsub", free: "ab", call: func(s *session.Session, a, b string) waiter { return commands.Lsub(s, a, b).Wait }},
	{covers: "RList", free: "ab", call: func(s *session.Session, a, b string) waiter { return commands.RList(s, a, b).Wait }},
	{covers: "RLsub", free: "ab", call: func(s *session.Session, a, b string) waiter { return commands.RLsub(s, a, b).Wait }},
	{covers: "XList", free: "ab", call: func(s *session.Session, a, b string) waiter { return commands.XList(s, a, b).Wait }},
	{covers: "ListPatterns", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return commands.ListPatterns(s, a, []string{b, "x" + a}, commands.SelectSubscribed).Wait
	}},
	{covers: "ListDetails ReturnMetadata", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.ListDetails(s, "x"+a, []string{"x"}, commands.ReturnMetadata("/shared/x"+b)))
	}},
	{covers: "ListDetails", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.ListDetails(s, "x", []string{a, "x"}, commands.ReturnStatus(status.Ext[string]{Name: "X" + b})))
	}},
	{covers: "ReturnStatus", call: func(s *session.Session, a, b string) waiter {
		return commands.List(s, "x", "y", commands.ReturnStatus(status.Ext[string]{Name: "X" + a})).Wait
	}},
	{covers: "ListStatus", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.ListStatus(s, "x"+a, "x"+b, []status.Item{status.Messages}))
	}},
	{covers: "ListStatusBySteps", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return func(ctx context.Context) error {
			_, err := commands.ListStatusBySteps(ctx, s, "x"+a, "x"+b, []status.Item{status.Messages})
			return err
		}
	}},
	{covers: "GetACL", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.GetACL(s, a)) }},
	{covers: "SetACL", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.SetACL(s, a, "x"+b, commands.SetRights, "lr"))
	}},
	{covers: "SetACL parser.Rights", call: func(s *session.Session, a, b string) waiter {
		return call(commands.SetACL(s, "x", "u", commands.AddRights, parser.Rights(a)))
	}, read: func(x parser.Args) string { v := x.(*parser.SetACLArgs); return string(v.Op) + v.Rights }, want: func(a, b string) string { return "+" + a }},
	{covers: "DeleteACL", free: "ab", call: func(s *session.Session, a, b string) waiter { return call(commands.DeleteACL(s, a, "x"+b)) }},
	{covers: "ListRights", free: "ab", call: func(s *session.Session, a, b string) waiter { return call(commands.ListRights(s, a, "x"+b)) }},
	{covers: "MyRights", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.MyRights(s, a)) }},
	{covers: "GetQuota", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.GetQuota(s, a)) }},
	{covers: "GetQuotaRoot", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.GetQuotaRoot(s, a)) }},
	{covers: "SetQuota parser.ResourceLimit.Resource", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.SetQuota(s, a, parser.ResourceLimit{Resource: b, Limit: 5}))
	}},
	{covers: "GetMetadata", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.GetMetadata(s, a, []string{"/shared/x" + b}, commands.MaxSize(9)))
	}},
	{covers: "SetMetadata parser.EntryValue.Entry", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.SetMetadata(s, a, parser.EntryValue{Entry: "/private/x" + b, Value: []byte("v")}))
	}},
	{covers: "SetMetadata parser.EntryValue.Value", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.SetMetadata(s, "x", parser.EntryValue{Entry: "/shared/a", Value: []byte(a)}))
	}},
	{covers: "GetAnnotation", free: "", call: func(s *session.Session, a, b string) waiter {
		return call(commands.GetAnnotation(s, "x"+a, []string{"/x" + b}, []string{"value" + a}))
	}},
	{covers: "SetAnnotation parser.EntryAtt.Entry parser.AttValue.Name parser.AttValue.Value", call: func(s *session.Session, a, b string) waiter {
		note := parser.EntryAtt{Entry: "/x" + a, Values: []parser.AttValue{{Name: "value" + b, Value: []byte(b)}}}
		return call(commands.SetAnnotation(s, "x"+a, note))
	}},
	{covers: "Notify InMailboxes Event.Name", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Notify(s, commands.EventGroup{In: commands.InMailboxes(a, "x"), Events: []commands.Event{{Name: "X" + b}}}))
	}},
	{covers: "NotifyStatus InSubtree", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.NotifyStatus(s, commands.EventGroup{In: commands.InSubtree(a, b), Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}}))
	}},
	{covers: "MultiSearch InSubtreeOne", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return commands.MultiSearch(s, []commands.MailboxFilter{commands.InSubtreeOne(a, "x")}, search.Text(b)).Wait
	}},
	{covers: "SelectOption.Write", words: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Select(s, "x", commands.SelectOption{Write: func(e *wire.Encoder) { e.Atom("X" + a) }}))
	}},
}
