package match

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/numset"
)

// mailMessage is a message in memory.
type mailMessage struct {
	seq     uint32
	flags   []string
	date    time.Time
	content *message.Message
}

func (m *mailMessage) Seq() uint32             { return m.seq }
func (m *mailMessage) UID() uint32             { return m.seq }
func (m *mailMessage) ModSeq() uint64          { return uint64(m.seq) + 1 }
func (m *mailMessage) Size() int64             { return m.content.Size() }
func (m *mailMessage) InternalDate() time.Time { return m.date }
func (m *mailMessage) SaveDate() time.Time     { return now }
func (m *mailMessage) EmailID() string         { return m.content.ID() }
func (m *mailMessage) ThreadID() string        { return fmt.Sprint("T", m.seq) }
func (m *mailMessage) Content() Content        { return m.content }
func (m *mailMessage) HasFlag(name string) bool {
	return name == `\Recent` || slices.ContainsFunc(m.flags, func(f string) bool { return strings.EqualFold(f, name) })
}

// box is a mailbox in memory.
type box []*mailMessage

// mailbox returns a mailbox with the given messages, and numbers them from 1.
func mailbox(_ testing.TB, messages ...*mailMessage) box {
	for i, m := range messages {
		m.seq = uint32(i + 1)
	}
	return messages
}

func mail(day int, flags, raw string) *mailMessage {
	return &mailMessage{
		content: message.New([]byte(strings.ReplaceAll(raw, "\n", "\r\n"))), flags: strings.Fields(flags),
		date: time.Date(2026, 3, day, 23, 30, 0, 0, time.FixedZone("", -3600)),
	}
}

// env returns the Env for a search in the mailbox.
func (b box) env(saved ...numset.Range) Env {
	return Env{Count: uint32(len(b)), LastUID: uint32(len(b)), Now: now, Saved: saved}
}

// run returns the results of a search.
func (b box) run(q *Search) (found box) {
	for _, m := range b {
		if q.Match(m) {
			found = append(found, m)
		}
	}
	return found
}

func found(q *Search, b box) string {
	var out []string
	for _, m := range b.run(q) {
		out = append(out, fmt.Sprint(m.seq))
	}
	return strings.Join(out, " ")
}
