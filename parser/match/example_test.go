package match_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/wire"
)

// stored is a message as a server may store it.
type stored struct {
	number uint32
	flags  []string
	mail   *message.Message
}

func (s *stored) Seq() uint32             { return s.number }
func (s *stored) UID() uint32             { return s.number }
func (s *stored) HasFlag(f string) bool   { return slices.Contains(s.flags, f) }
func (s *stored) Size() int64             { return s.mail.Size() }
func (s *stored) InternalDate() time.Time { return time.Time{} }
func (s *stored) Content() match.Content  { return s.mail }

func Example() {
	var mailbox []*stored
	for i, subject := range []string{"Lunch", "Re: lunch", "Dinner"} {
		m := message.New([]byte("Subject: " + subject + "\r\n\r\n"))
		mailbox = append(mailbox, &stored{number: uint32(i + 1), mail: m})
	}
	var key parser.SearchKey
	if err := key.DecodeProgram(wire.NewDecoder([]byte("SUBJECT LUNCH UNSEEN"))); err != nil {
		panic(err)
	}
	search, err := match.Compile(&key, "UTF-8", match.Env{Count: 3, LastUID: 3, Now: time.Now()})
	if err != nil {
		panic(err)
	}
	for _, m := range mailbox {
		if search.Match(m) {
			fmt.Println(m.Seq())
		}
	}
	// Output:
	// 1
	// 2
}
