package serve

// syncing says what a command may tell of the mailbox before its tagged answer.
type syncing uint8

const (
	syncNone syncing = iota
	syncSafe         // all but EXPUNGE, unless it is a UID command (RFC 9051 §7.5.1)
	syncAll
)

// command is what the server knows of a command.
type command struct {
	in   state
	cap  string // without which it is not known
	sync syncing
	run  func(*Conn) error
}

// commandTable has every command by its name, without "UID". It is set once, by init, for the commands refer to it.
var commandTable map[string]command

func init() {
	commandTable = map[string]command{
		"CAPABILITY": {anyState, "", syncAll, (*Conn).capability},
		"NOOP":       {anyState, "", syncAll, (*Conn).noop},
		"LOGOUT":     {anyState, "", syncNone, (*Conn).logoutCommand},
		"ID":         {anyState, "ID", syncAll, (*Conn).idCommand},

		"STARTTLS":     {notAuthenticated, "STARTTLS", syncNone, (*Conn).startTLS},
		"LOGIN":        {notAuthenticated, "", syncNone, (*Conn).loginCommand},
		"AUTHENTICATE": {notAuthenticated, "", syncNone, (*Conn).authenticate},

		"ENABLE":         {loggedIn, "ENABLE", syncNone, (*Conn).enable},
		"UNAUTHENTICATE": {loggedIn, "UNAUTHENTICATE", syncNone, (*Conn).unauthenticate},
		"COMPRESS":       {loggedIn, "COMPRESS=DEFLATE", syncNone, (*Conn).compress},
		"SELECT":         {loggedIn, "", syncNone, (*Conn).selectCommand},
		"EXAMINE":        {loggedIn, "", syncNone, (*Conn).examine},
		"CREATE":         {loggedIn, "", syncAll, (*Conn).create},
		"DELETE":         {loggedIn, "", syncAll, (*Conn).delete},
		"RENAME":         {loggedIn, "", syncAll, (*Conn).rename},
		"SUBSCRIBE":      {loggedIn, "", syncAll, (*Conn).subscribe},
		"UNSUBSCRIBE":    {loggedIn, "", syncAll, (*Conn).unsubscribe},
		"LIST":           {loggedIn, "", syncAll, (*Conn).list},
		"LSUB":           {loggedIn, "", syncAll, (*Conn).lsub},
		"NAMESPACE":      {loggedIn, "NAMESPACE", syncAll, (*Conn).namespace},
		"STATUS":         {loggedIn, "", syncAll, (*Conn).status},
		"APPEND":         {loggedIn, "", syncAll, (*Conn).append},
		"IDLE":           {loggedIn, "IDLE", syncAll, (*Conn).idle},
		"GETACL":         {loggedIn, "ACL", syncAll, (*Conn).getACL},
		"SETACL":         {loggedIn, "ACL", syncAll, (*Conn).setACL},
		"DELETEACL":      {loggedIn, "ACL", syncAll, (*Conn).deleteACL},
		"LISTRIGHTS":     {loggedIn, "ACL", syncAll, (*Conn).listRights},
		"MYRIGHTS":       {loggedIn, "ACL", syncAll, (*Conn).myRights},
		"GETQUOTA":       {loggedIn, "QUOTA", syncAll, (*Conn).getQuota},
		"GETQUOTAROOT":   {loggedIn, "QUOTA", syncAll, (*Conn).getQuotaRoot},
		"SETQUOTA":       {loggedIn, "QUOTASET", syncAll, (*Conn).setQuota},
		"GETMETADATA":    {loggedIn, "METADATA", syncAll, (*Conn).getMetadata},
		"SETMETADATA":    {loggedIn, "METADATA", syncAll, (*Conn).setMetadata},

		"CHECK":    {selected, "", syncAll, (*Conn).noop},
		"CLOSE":    {selected, "", syncNone, (*Conn).closeCommand},
		"UNSELECT": {selected, "UNSELECT", syncNone, (*Conn).unselect},
		"EXPUNGE":  {selected, "", syncAll, (*Conn).expunge},
		"SEARCH":   {selected, "", syncSafe, (*Conn).search},
		"SORT":     {selected, "SORT", syncSafe, (*Conn).sort},
		"THREAD":   {selected, "THREAD=REFERENCES", syncSafe, (*Conn).thread},
		"FETCH":    {selected, "", syncSafe, (*Conn).fetch},
		"STORE":    {selected, "", syncSafe, (*Conn).store},
		"COPY":     {selected, "", syncAll, (*Conn).copyCommand},
		"MOVE":     {selected, "MOVE", syncAll, (*Conn).move},
	}
}
