package imapurl_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/imapstack/imapstack/utils/imapurl"
)

func ExampleParse() {
	u, err := imapurl.Parse("imap://alice@example.com/Entw%C3%BCrfe;UIDVALIDITY=7/;UID=20/;SECTION=1.2")
	fmt.Println(u.User, u.Mailbox, u.UID, u.Section, err)
	// Output: alice Entwürfe 20 1.2 <nil>
}

// TestParse parses the examples of RFC 5092 and RFC 4467 and other URLs, and checks that String returns them again, in
// the usual form.
func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"imap://minbari.example.org/gray-council;UIDVALIDITY=385759045/;UID=20":                                                  "",
		"imap://michael@minbari.example.org/users.*;uidvalidity=385759045":                                                       "imap://michael@minbari.example.org/users.*;UIDVALIDITY=385759045",
		"imap://psicorp.example.org/~peter/%E6%97%A5%E6%9C%AC%E8%AA%9E":                                                          "",
		"imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;uid=20/;section=1.2":                                              "imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;UID=20/;SECTION=1.2",
		"imap://;AUTH=*@minbari.example.org/gray%20council":                                                                      "",
		"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:91354a473744909de610943775f92038":        "imap://joe@example.com/INBOX/;UID=20/;SECTION=1.2;URLAUTH=submit+fred:INTERNAL:91354a473744909de610943775f92038",
		"imap://bob.ar@example.org/Foo;UIDVALIDITY=573329/;UID=43/;PARTIAL=0.1024;EXPIRE=2026-03-02T09:30:00Z;URLAUTH=anonymous": "",
		"/INBOX;UIDVALIDITY=785799047/;UID=113330/;SECTION=1.5.9":                                                                "",
		"/Drafts/;UID=1": "", "Drafts/;UID=1": "/Drafts/;UID=1", "/a%2Fb%3B/;UID=1": "/a/b%3B/;UID=1",
		"/a%2F/;UID=1": "", "imap://h/%2F%2fa/b%2F%2f/": "imap://h/%2F%2Fa/b%2F%2F", "//a": "/%2Fa", "%2F": "/%2F",
	} {
		if want == "" {
			want = in
		}
		u, err := imapurl.Parse(in)
		if err != nil || u.String() != want {
			t.Errorf("Parse(%q) = %s, %v; want %s", in, u, err, want)
		}
	}
	for _, in := range []string{"", "/", "imap://", "imap://h", "imap://h/", "http://h/x", "/x/;UID=0", "/x/;UID=a", "/x/;SECTION=1", "/x/;UID=1/;NEW=2", "/x/;UID=1/;PARTIAL=a", "/x%",
		"/x%0", "/x%00", "/x y", "/é", "/x/;UID=4294967296", "/x;URLAUTH=nobody", "/x;EXPIRE=no;URLAUTH=anonymous", "/x;URLAUTH=anonymous:", "/x;URLAUTH=anonymous:internal", "/x;URLAUTH=anonymous::91", "/x;URLAUTH=anonymous:in/ternal:91",
		"/x;URLAUTH=anonymous:internal:", "/x;URLAUTH=anonymous:internal:9x", "/x;URLAUTH=user+bob;URLAUTH=anonymous:internal:91", "/x;URLAUTH=user+b/ob", "imap:///x", "imap://@@/x", "imap://good.example@evil.example@h/x",
		"/x/;UID=1/;UID=2", "/x/;UID=1/;SECTION=1/;SECTION=2", "/x/;UID=1/;PARTIAL=0.5/;PARTIAL=1.5", "/x/;SECTION=1/;UID=2", "/x/;UID=1/;PARTIAL=0.5/;SECTION=1",
		"/x?SUBJECT%20a", "/x#a", "/x;UIDNEXT=7/;UID=1", "/x;EXPIRE=2026-03-02T09:30:00Z", "/%FF/;UID=1", "imap://%FF@h/x", "/x/;UID=1/;SECTION=%C3"} {
		if u, err := imapurl.Parse(in); !errors.Is(err, imapurl.ErrSyntax) {
			t.Errorf("Parse(%q) = %+v, %v; want ErrSyntax", in, u, err)
		}
	}
}

// FuzzParse checks that a URL that Parse accepts has the same fields after String and another Parse.
func FuzzParse(f *testing.F) {
	f.Add("imap://joe;AUTH=*@example.com/INBOX;UIDVALIDITY=3/;UID=20/;SECTION=1.2/;PARTIAL=0.5;EXPIRE=2026-03-02T09:30:00Z;URLAUTH=submit+fred:internal:91354a47")
	f.Fuzz(func(t *testing.T, in string) {
		u, err := imapurl.Parse(in)
		if err != nil {
			return
		}
		again, err := imapurl.Parse(u.String())
		u.Rump, again.Rump = "", ""
		u.Expire, again.Expire = u.Expire.UTC().Truncate(time.Millisecond), again.Expire.UTC()
		if err != nil || again != u || again.String() != u.String() {
			t.Fatalf("%q is %q, which is %+v, %v", in, u, again, err)
		}
	})
}
