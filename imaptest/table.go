package imaptest

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
	run  func(*conn) error
}

// commandTable has every command by its name, without "UID". It is set once, by init, for the commands refer to it.
var commandTable map[string]command

func init() {
	commandTable = map[string]command{
		"CAPABILITY": {anyState, "", syncAll, (*conn).capability},
		"NOOP":       {anyState, "", syncAll, (*conn).noop},
		"LOGOUT":     {anyState, "", syncNone, (*conn).logoutCommand},
		"ID":         {anyState, "ID", syncAll, (*conn).id},

		"STARTTLS":     {notAuthenticated, "STARTTLS", syncNone, (*conn).startTLS},
		"LOGIN":        {notAuthenticated, "", syncNone, (*conn).loginCommand},
		"AUTHENTICATE": {notAuthenticated, "", syncNone, (*conn).authenticate},

		"ENABLE":         {loggedIn, "ENABLE", syncNone, (*conn).enable},
		"SELECT":         {loggedIn, "", syncNone, (*conn).selectCommand},
		"EXAMINE":        {loggedIn, "", syncNone, (*conn).examine},
		"CREATE":         {loggedIn, "", syncAll, (*conn).create},
		"DELETE":         {loggedIn, "", syncAll, (*conn).delete},
		"RENAME":         {loggedIn, "", syncAll, (*conn).rename},
		"SUBSCRIBE":      {loggedIn, "", syncAll, (*conn).subscribe},
		"UNSUBSCRIBE":    {loggedIn, "", syncAll, (*conn).unsubscribe},
		"LIST":           {loggedIn, "", syncAll, (*conn).list},
		"LSUB":           {loggedIn, "", syncAll, (*conn).lsub},
		"NAMESPACE":      {loggedIn, "NAMESPACE", syncAll, (*conn).namespace},
		"STATUS":         {loggedIn, "", syncAll, (*conn).status},
		"APPEND":         {loggedIn, "", syncAll, (*conn).append},
		"IDLE":           {loggedIn, "IDLE", syncAll, (*conn).idle},
		"NOTIFY":         {loggedIn, "NOTIFY", syncNone, (*conn).notifyCommand},
		"ESEARCH":        {loggedIn, "MULTISEARCH", syncSafe, (*conn).multiSearch},
		"GETACL":         {loggedIn, "ACL", syncAll, (*conn).getACL},
		"SETACL":         {loggedIn, "ACL", syncAll, (*conn).setACL},
		"DELETEACL":      {loggedIn, "ACL", syncAll, (*conn).deleteACL},
		"LISTRIGHTS":     {loggedIn, "ACL", syncAll, (*conn).listRights},
		"MYRIGHTS":       {loggedIn, "ACL", syncAll, (*conn).myRights},
		"GETQUOTA":       {loggedIn, "QUOTA", syncAll, (*conn).getQuota},
		"GETQUOTAROOT":   {loggedIn, "QUOTA", syncAll, (*conn).getQuotaRoot},
		"SETQUOTA":       {loggedIn, "QUOTASET", syncAll, (*conn).setQuota},
		"GETMETADATA":    {loggedIn, "METADATA", syncAll, (*conn).getMetadata},
		"SETMETADATA":    {loggedIn, "METADATA", syncAll, (*conn).setMetadata},
		"GETANNOTATION":  {loggedIn, "ANNOTATEMORE", syncAll, (*conn).getAnnotation},
		"SETANNOTATION":  {loggedIn, "ANNOTATEMORE", syncAll, (*conn).setAnnotation},
		"GENURLAUTH":     {loggedIn, "URLAUTH", syncAll, (*conn).genURLAuth},
		"URLFETCH":       {loggedIn, "URLAUTH", syncSafe, (*conn).urlFetch},
		"RESETKEY":       {loggedIn, "URLAUTH", syncAll, (*conn).resetKey},
		"UNAUTHENTICATE": {loggedIn, "UNAUTHENTICATE", syncNone, (*conn).unauthenticate},
		"COMPRESS":       {loggedIn, "COMPRESS=DEFLATE", syncNone, (*conn).compress},

		"CHECK":    {selected, "", syncAll, (*conn).noop},
		"CLOSE":    {selected, "", syncNone, (*conn).closeCommand},
		"UNSELECT": {selected, "UNSELECT", syncNone, (*conn).unselect},
		"EXPUNGE":  {selected, "", syncAll, (*conn).expunge},
		"SEARCH":   {selected, "", syncSafe, (*conn).search},
		"SORT":     {selected, "SORT", syncSafe, (*conn).sort},
		"THREAD":   {selected, "", syncSafe, (*conn).thread},
		"FETCH":    {selected, "", syncSafe, (*conn).fetch},
		"STORE":    {selected, "", syncSafe, (*conn).store},
		"COPY":     {selected, "", syncAll, (*conn).copy},
		"REPLACE":  {selected, "REPLACE", syncAll, (*conn).replace},
		"MOVE":     {selected, "MOVE", syncAll, (*conn).move},

		"CANCELUPDATE": {selected, "", syncSafe, (*conn).cancelUpdate},
	}
}
