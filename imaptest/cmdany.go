package imaptest

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
)

// extensions is what the server tells in CAPABILITY, besides what depends on the connection, in its order.
var extensions = []string{
	"IMAP4rev1", "IMAP4rev2", "LITERAL+", "SASL-IR", "ID", "ENABLE", "IDLE", "NAMESPACE", "UIDPLUS", "UNSELECT",
	"MOVE", "CHILDREN", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "CREATE-SPECIAL-USE", "STATUS=SIZE", "ESEARCH",
	"SEARCHRES", "WITHIN", "CONDSTORE", "QRESYNC", "MULTIAPPEND", "BINARY", "COMPRESS=DEFLATE", "UTF8=ACCEPT", "OBJECTID",
	"SAVEDATE", "PREVIEW", "APPENDLIMIT", "SORT", "SORT=DISPLAY", "ESORT", "THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "THREAD=REFS",
	"CATENATE", "REPLACE", "QUOTA", "QUOTA=RES-STORAGE", "QUOTA=RES-MESSAGE", "QUOTA=RES-MAILBOX", "QUOTA=RES-ANNOTATION-STORAGE", "QUOTASET",
	"ACL", "RIGHTS=kxten", "LIST-MYRIGHTS", "METADATA", "LIST-METADATA", "ANNOTATEMORE", "URLAUTH", "URLAUTH=BINARY", "UNAUTHENTICATE", "INPROGRESS", "LITERAL-",
	"PARTIAL", "UIDONLY", "NOTIFY", "MULTISEARCH", "CONTEXT=SEARCH", "CONTEXT=SORT",
}

// beforeLogin is what is told before a user has logged in.
var beforeLogin = []string{"IMAP4rev1", "IMAP4rev2", "LITERAL+", "LITERAL-", "SASL-IR", "ID", "ENABLE"}

// needed is what some extensions are nothing without.
var needed = map[string]string{
	"QUOTA=RES-STORAGE": "QUOTA", "QUOTA=RES-MESSAGE": "QUOTA", "QUOTA=RES-MAILBOX": "QUOTA", "QUOTA=RES-ANNOTATION-STORAGE": "QUOTA", "QUOTASET": "QUOTA",
	"RIGHTS=kxten": "ACL", "LIST-MYRIGHTS": "ACL", "LIST-METADATA": "METADATA", "URLAUTH=BINARY": "URLAUTH",
}

// has reports whether the server has a capability that depends on nothing but its options.
func (c *conn) has(name string) bool {
	without, more := c.srv.opt.without, needed[name]
	if without[strings.ToUpper(name)] || more != "" && without[more] {
		return false
	}
	return name == "STARTTLS" || slices.ContainsFunc(extensions, func(x string) bool { return strings.EqualFold(x, name) })
}

// capabilities returns what is told in CAPABILITY now.
func (c *conn) capabilities() string {
	list := extensions
	if c.state == notAuthenticated {
		list = beforeLogin
	}
	var names []string
	for _, x := range list {
		if c.has(x) && !(x == "COMPRESS=DEFLATE" && c.deflate) && !(x == "LITERAL-" && c.has("LITERAL+")) {
			names = append(names, x)
		}
	}
	if c.state == notAuthenticated {
		if !c.secure && c.has("STARTTLS") {
			names = append(names, "STARTTLS")
		}
		for _, m := range c.mechanisms() {
			names = append(names, "AUTH="+m)
		}
		if !c.mayLogin() || c.srv.opt.without["LOGIN"] {
			names = append(names, "LOGINDISABLED")
		}
	}
	return strings.Join(names, " ")
}

// mayLogin reports whether secrets may be sent over the connection.
func (c *conn) mayLogin() bool {
	if c.secure || c.srv.opt.plain {
		return true
	}
	network := c.nc.LocalAddr().Network()
	return network == "pipe" || network == "memory" || network == "unix"
}

func (c *conn) capability() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	c.untagged("CAPABILITY " + c.capabilities())
	return nil
}

func (c *conn) noop() error { return c.decode(parser.NoArgs{}) }

func (c *conn) logoutCommand() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	c.untagged("BYE see you")
	c.logout, c.state = true, loggedOut
	return nil
}

func (c *conn) id() error {
	var a parser.IDArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	own := parser.ID{Fields: []parser.IDField{{Name: "name", Value: []byte("imaptest")}}}
	c.out.Raw("* ID ")
	own.Encode(&c.out)
	c.out.CRLF()
	return nil
}

func (c *conn) startTLS() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	if c.secure {
		return badf("TLS is active")
	}
	cfg, cert, err := c.srv.serverTLS()
	if err != nil {
		return no(parser.CodeServerBug, "no certificate: "+err.Error())
	}
	return &reply{status: parser.OK, text: "begin TLS", then: func() error {
		if len(c.cmds.Take()) > 0 {
			// What came behind STARTTLS in plain text is nobody's we know (RFC 9051 §6.2.1).
			c.err = transport.ErrInjected
			return c.err
		}
		t := tls.Server(c.nc, cfg)
		if err := t.Handshake(); err != nil {
			return err
		}
		c.secure, c.cert = true, cert
		c.attach(t)
		return nil
	}}
}

func (c *conn) enable() error {
	var a parser.EnableArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	var on []string
	condstore := false
	for _, name := range a.Caps {
		switch name {
		case "CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4REV2", "UIDONLY":
			if !c.has(name) {
				continue
			}
			if name != "CONDSTORE" {
				c.enabled[name] = true
			}
			if name == "QRESYNC" || name == "CONDSTORE" {
				condstore = true
			}
			if name == "IMAP4REV2" {
				name = "IMAP4rev2"
			}
			on = append(on, name)
		}
	}
	c.untagged(strings.TrimSpace("ENABLED " + strings.Join(on, " ")))
	if condstore {
		c.condstore()
	}
	// The answer itself is in the old form; from the next response on, names are in the new.
	return &reply{status: parser.OK, then: func() error { return nil }}
}
