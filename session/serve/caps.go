package serve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// capSet is the set of a server's capabilities, by name in upper case.
type capSet map[string]bool

// extensions are the capabilities, in the order in which CAPABILITY lists them. need reports whether a back end has the
// methods for the capability; nil means that the capability needs no methods.
var extensions = []struct {
	name string
	need func(u User, m Mailbox) bool
}{
	{"IMAP4rev1", nil}, {"IMAP4rev2", nil}, {"LITERAL+", nil}, {"LITERAL-", nil}, {"SASL-IR", nil}, {"ID", nil}, {"ENABLE", nil}, {"IDLE", nil},
	{"NAMESPACE", nil}, {"UIDPLUS", nil}, {"UNSELECT", nil}, {"CHILDREN", nil}, {"LIST-EXTENDED", nil}, {"LIST-STATUS", nil},
	{"SPECIAL-USE", nil}, {"CREATE-SPECIAL-USE", isUser[Creator]}, {"STATUS=SIZE", nil}, {"APPENDLIMIT", nil},
	{"ESEARCH", nil}, {"SEARCHRES", nil}, {"WITHIN", nil}, {"PARTIAL", nil}, {"UIDONLY", nil}, {"BINARY", nil}, {"PREVIEW", nil}, {"UTF8=ACCEPT", nil},
	{"SORT", nil}, {"SORT=DISPLAY", nil}, {"ESORT", nil}, {"THREAD=ORDEREDSUBJECT", nil}, {"THREAD=REFERENCES", nil}, {"THREAD=REFS", nil},
	{"CATENATE", nil}, {"REPLACE", nil}, {"URLAUTH", isUser[URLAuther]}, {"URLAUTH=BINARY", isUser[URLAuther]},
	{"NOTIFY", isUser[Notifier]}, {"CONTEXT=SEARCH", nil}, {"CONTEXT=SORT", nil}, {"MULTISEARCH", nil},
	{"UNAUTHENTICATE", nil}, {"COMPRESS=DEFLATE", nil},
	{"INPROGRESS", nil}, {"MOVE", nil}, {"CONDSTORE", isMailbox[CondStorer]}, {"QRESYNC", isMailbox[Resyncer]},
	{"OBJECTID", isMailbox[Identifier]}, {"SAVEDATE", isMailbox[SaveDater]}, {"MULTIAPPEND", isUser[MultiAppender]},
	{"QUOTA", isUser[QuotaHaver]}, {"QUOTASET", isUser[QuotaSetter]},
	{"ACL", isUser[ACLHaver]}, {"RIGHTS=kxten", isUser[ACLHaver]}, {"LIST-MYRIGHTS", isUser[ACLHaver]},
	{"METADATA", isUser[MetadataHaver]}, {"LIST-METADATA", isUser[MetadataHaver]},
}

// beforeLogin are the extensions that CAPABILITY lists before a user has logged in. STARTTLS, the SASL mechanisms and
// LOGINDISABLED are added to them.
var beforeLogin = []string{"IMAP4rev1", "IMAP4rev2", "LITERAL+", "LITERAL-", "SASL-IR", "ID", "ENABLE"}

// requiredCaps maps a capability to one that it depends on. The server offers the first only together with the
// second.
var requiredCaps = map[string]string{
	"QRESYNC": "CONDSTORE", "QUOTASET": "QUOTA", "RIGHTS=KXTEN": "ACL", "LIST-MYRIGHTS": "ACL", "LIST-METADATA": "METADATA",
	"QUOTA=RES-STORAGE": "QUOTA", "QUOTA=RES-MESSAGE": "QUOTA", "QUOTA=RES-MAILBOX": "QUOTA", "QUOTA=RES-ANNOTATION-STORAGE": "QUOTA", "URLAUTH=BINARY": "URLAUTH",
	"ESORT": "SORT", "SORT=DISPLAY": "SORT", "CONTEXT=SORT": "SORT", "CONTEXT=SEARCH": "ESEARCH", "MULTISEARCH": "ESEARCH", "CREATE-SPECIAL-USE": "SPECIAL-USE",
}

func isUser[T any](u User, _ Mailbox) bool {
	_, ok := u.(T)
	return ok
}

func isMailbox[T any](_ User, m Mailbox) bool {
	_, ok := m.(T)
	return ok
}

// capabilitySet determines the server's capabilities.
func (s *Server) capabilitySet() capSet {
	set := capSet{}
	if s.Backend != nil {
		u, m := s.Backend.Types()
		for _, x := range extensions {
			if x.name == "URLAUTH" && len(s.Hosts) == 0 || x.name == "INPROGRESS" && s.Progress <= 0 {
				continue // without Hosts no URL names this server, and without Progress no command reports progress
			}
			if x.need == nil || x.need(u, m) {
				set[strings.ToUpper(x.name)] = true
			}
		}
	}
	for _, name := range s.Capabilities {
		set[strings.ToUpper(name)] = true
	}
	if s.TLSConfig != nil {
		set["STARTTLS"] = true
	}
	for _, name := range s.Without {
		delete(set, strings.ToUpper(name))
	}
	for name, more := range requiredCaps {
		if !set[more] {
			delete(set, name)
		}
	}
	return set
}

// has reports whether the server has a capability.
func (c *Conn) has(name string) bool { return c.srv.caps[strings.ToUpper(name)] }

// capabilities returns what CAPABILITY lists now.
func (c *Conn) capabilities() string {
	var names []string
	if c.state != NotAuthenticated {
		for _, x := range extensions {
			if !c.has(x.name) || x.name == "COMPRESS=DEFLATE" && c.deflate || x.name == "LITERAL-" && c.has("LITERAL+") {
				continue
			}
			if names = append(names, x.name); x.name == "APPENDLIMIT" {
				names[len(names)-1] += fmt.Sprintf("=%d", c.maxMessage())
			}
		}
		if q, ok := c.user.(QuotaHaver); ok && c.has("QUOTA") {
			for _, r := range q.QuotaResources() {
				if name := "QUOTA=RES-" + r; !c.has(name) { // if the server has it, it is in Server.Capabilities and is added below
					names = append(names, name)
				}
			}
		}
		for _, name := range c.srv.Capabilities {
			if c.has(name) && !isExtension(name) {
				names = append(names, name)
			}
		}
		return c.hookedCaps(names)
	}
	for _, x := range beforeLogin {
		if c.has(x) && !(x == "LITERAL-" && c.has("LITERAL+")) {
			names = append(names, x)
		}
	}
	if c.has("STARTTLS") && c.TLS() == nil {
		names = append(names, "STARTTLS")
	}
	mechanisms := c.mechanisms()
	for _, m := range mechanisms {
		names = append(names, "AUTH="+m)
	}
	if !c.mayLogin() {
		names = append(names, "LOGINDISABLED")
	}
	return c.hookedCaps(names)
}

// hookedCaps lets a CapabilityHook change the names, and joins them for CAPABILITY.
func (c *Conn) hookedCaps(names []string) string {
	if h := c.hooks.caps; h != nil {
		names = h.Capabilities(names)
	}
	return strings.Join(names, " ")
}

// isExtension reports whether the server itself lists a capability.
func isExtension(name string) bool {
	for i := range extensions {
		if strings.EqualFold(extensions[i].name, name) {
			return true
		}
	}
	return false
}

// without reports whether Server.Without has a capability.
func (s *Server) without(name string) bool {
	return slices.ContainsFunc(s.Without, func(x string) bool { return strings.EqualFold(x, name) })
}

func (c *Conn) capability() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	c.untagged("CAPABILITY " + c.capabilities())
	return nil
}

func (c *Conn) noop() error { return c.decode(parser.NoArgs{}) }

func (c *Conn) logoutCommand() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	c.untagged("BYE logging out")
	c.logout = true
	return nil
}

func (c *Conn) idCommand() error {
	var a parser.IDArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	id := map[string]string{}
	for _, f := range a.Fields {
		if f.Value != nil {
			id[string(f.Name)] = string(f.Value)
		}
	}
	c.mu.Lock()
	c.id = id
	c.mu.Unlock()
	var out parser.ID
	for _, name := range sortedKeys(c.srv.ID) {
		out.Fields = append(out.Fields, parser.IDField{Name: name, Value: []byte(c.srv.ID[name])})
	}
	c.out.Raw("* ID ")
	out.Encode(&c.out)
	c.out.CRLF()
	return nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// enable runs ENABLE (RFC 9051 §6.3.1). It ignores unknown names.
func (c *Conn) enable() error {
	var a parser.EnableArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	var done []string
	condstore := false
	for _, name := range a.Caps {
		if !c.has(name) {
			continue
		}
		switch name {
		case "CONDSTORE":
			condstore = true
		case "QRESYNC":
			condstore, c.enabled.qresync = true, true
		default:
			if h := c.hooks.enable; !c.Enable(name) && (h == nil || !h.Enable(name)) {
				continue
			}
		}
		if name == "IMAP4REV2" {
			name = "IMAP4rev2"
		}
		done = append(done, name)
	}
	c.out.Raw("* ENABLED")
	for _, name := range done {
		c.out.SP().Raw(name)
	}
	c.out.CRLF()
	if condstore {
		c.enableCondStore()
	}
	return c.flush() // the responses after this one may be written in another mode, see Conn.Mode
}
