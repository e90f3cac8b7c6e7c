package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestPartialListing checks that Mailboxes returns all mailboxes or an error, whatever happens to the answer to LIST.
// The answer is cut after 0, 3, 6 octets and so on, or it is a refusal, a BYE, empty, or malformed.
func TestPartialListing(t *testing.T) {
	faults := []imaptest.Fault{
		imaptest.Answer{Status: parser.NO}, imaptest.Answer{Status: parser.OK}, imaptest.Answer{Code: parser.CodeUnavailable}, imaptest.Bye{},
		imaptest.InvalidUTF8{}, imaptest.DeepNesting{Depth: 1000},
	}
	for after := int64(0); after < 400; after += 3 {
		faults = append(faults, imaptest.Cut{From: imaptest.ServerSide, After: after})
	}
	for _, fault := range faults {
		for _, times := range []int{1, 0} {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				for i := range 9 {
					srv.Mailbox("alice", fmt.Sprint("Box", i))
				}
				a := alice(t, srv, func(o *account.Options) { o.Patience = 10 * time.Second })
				srv.Inject(fault, imaptest.When{Command: "LIST", Times: times})
				list, err := a.Mailboxes(minutes(t, 10))
				if err == nil && len(list) != 10 || err != nil && list != nil {
					t.Errorf("%v: %d mailboxes, %v", fault, len(list), err)
				}
				if _, again := fault.(imaptest.Cut); again && times == 1 && err != nil {
					t.Errorf("%v: Mailboxes does not try again after a lost connection: %v", fault, err)
				}
			})
		}
	}
}
