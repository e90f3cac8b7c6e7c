package serve

// State is the state of a connection (RFC 9051 §3), or a set of them.
type State uint8

// The states, and two sets of states.
const (
	NotAuthenticated State = 1 << iota
	Authenticated
	Selected // a mailbox is open

	LoggedIn = Authenticated | Selected
	AnyState = NotAuthenticated | LoggedIn
)

// Updates says which changes of the open mailbox a command may report before its tagged answer (RFC 9051 §5.2).
type Updates uint8

// These are the values of Updates.
const (
	UpdatesNone       Updates = iota
	UpdatesButExpunge         // all but EXPUNGE; the UID form of the command may report all (RFC 9051 §7.5.1)
	UpdatesAll
	UpdatesDeferred // the server reports nothing, not even mod-sequences; only an UpdateHook returns this
)

// A Command describes a command of the server, or one of Server.Commands.
type Command struct {
	In      State  // the states in which it is allowed
	Cap     string // the capability without which the server does not know the command, or ""
	Updates Updates
	// Run runs the command. It decodes the arguments with Conn.Decode, and writes its responses to Conn.Encoder. Its
	// error determines the tagged answer: nil is OK, a *Reply is the answer itself, and any other error is treated
	// like one of a back end's methods.
	Run func(c *Conn) error
}

// commandTable has every command by its name, without "UID". init sets it, because functions of the commands use
// commandTable, and Go does not allow such a cycle in a declaration.
var commandTable map[string]Command

func init() {
	commandTable = map[string]Command{
		"CAPABILITY": {AnyState, "", UpdatesAll, (*Conn).capability},
		"NOOP":       {AnyState, "", UpdatesAll, (*Conn).noop},
		"LOGOUT":     {AnyState, "", UpdatesNone, (*Conn).logoutCommand},
		"ID":         {AnyState, "ID", UpdatesAll, (*Conn).idCommand},

		"STARTTLS":     {NotAuthenticated, "STARTTLS", UpdatesNone, (*Conn).startTLS},
		"LOGIN":        {NotAuthenticated, "", UpdatesNone, (*Conn).loginCommand},
		"AUTHENTICATE": {NotAuthenticated, "", UpdatesNone, (*Conn).authenticate},

		"ENABLE":         {LoggedIn, "ENABLE", UpdatesNone, (*Conn).enable},
		"UNAUTHENTICATE": {LoggedIn, "UNAUTHENTICATE", UpdatesNone, (*Conn).unauthenticate},
		"COMPRESS":       {LoggedIn, "COMPRESS=DEFLATE", UpdatesNone, (*Conn).compress},
		"SELECT":         {LoggedIn, "", UpdatesNone, (*Conn).selectCommand},
		"EXAMINE":        {LoggedIn, "", UpdatesNone, (*Conn).examine},
		"CREATE":         {LoggedIn, "", UpdatesAll, (*Conn).create},
		"DELETE":         {LoggedIn, "", UpdatesAll, (*Conn).delete},
		"RENAME":         {LoggedIn, "", UpdatesAll, (*Conn).rename},
		"SUBSCRIBE":      {LoggedIn, "", UpdatesAll, (*Conn).subscribe},
		"UNSUBSCRIBE":    {LoggedIn, "", UpdatesAll, (*Conn).unsubscribe},
		"LIST":           {LoggedIn, "", UpdatesAll, (*Conn).list},
		"LSUB":           {LoggedIn, "", UpdatesAll, (*Conn).lsub},
		"NAMESPACE":      {LoggedIn, "NAMESPACE", UpdatesAll, (*Conn).namespace},
		"STATUS":         {LoggedIn, "", UpdatesAll, (*Conn).status},
		"APPEND":         {LoggedIn, "", UpdatesAll, (*Conn).append},
		"ESEARCH":        {LoggedIn, "MULTISEARCH", UpdatesButExpunge, (*Conn).multiSearch},
		"NOTIFY":         {LoggedIn, "NOTIFY", UpdatesAll, (*Conn).notifyCommand},
		"CANCELUPDATE":   {LoggedIn, "", UpdatesAll, (*Conn).cancelUpdate},
		"IDLE":           {LoggedIn, "IDLE", UpdatesAll, (*Conn).idle},
		"GETACL":         {LoggedIn, "ACL", UpdatesAll, (*Conn).getACL},
		"SETACL":         {LoggedIn, "ACL", UpdatesAll, (*Conn).setACL},
		"DELETEACL":      {LoggedIn, "ACL", UpdatesAll, (*Conn).deleteACL},
		"LISTRIGHTS":     {LoggedIn, "ACL", UpdatesAll, (*Conn).listRights},
		"MYRIGHTS":       {LoggedIn, "ACL", UpdatesAll, (*Conn).myRights},
		"GETQUOTA":       {LoggedIn, "QUOTA", UpdatesAll, (*Conn).getQuota},
		"GETQUOTAROOT":   {LoggedIn, "QUOTA", UpdatesAll, (*Conn).getQuotaRoot},
		"SETQUOTA":       {LoggedIn, "QUOTASET", UpdatesAll, (*Conn).setQuota},
		"GENURLAUTH":     {LoggedIn, "URLAUTH", UpdatesAll, (*Conn).genURLAuth},
		"URLFETCH":       {LoggedIn, "URLAUTH", UpdatesAll, (*Conn).urlFetch},
		"RESETKEY":       {LoggedIn, "URLAUTH", UpdatesAll, (*Conn).resetKey},
		"GETMETADATA":    {LoggedIn, "METADATA", UpdatesAll, (*Conn).getMetadata},
		"SETMETADATA":    {LoggedIn, "METADATA", UpdatesAll, (*Conn).setMetadata},

		"CHECK":    {Selected, "", UpdatesAll, (*Conn).noop},
		"CLOSE":    {Selected, "", UpdatesNone, (*Conn).closeCommand},
		"UNSELECT": {Selected, "UNSELECT", UpdatesNone, (*Conn).unselect},
		"REPLACE":  {Selected, "REPLACE", UpdatesAll, (*Conn).replace},
		"EXPUNGE":  {Selected, "", UpdatesAll, (*Conn).expunge},
		"SEARCH":   {Selected, "", UpdatesButExpunge, (*Conn).search},
		"SORT":     {Selected, "SORT", UpdatesButExpunge, (*Conn).sort},
		"THREAD":   {Selected, "THREAD=REFERENCES", UpdatesButExpunge, (*Conn).thread},
		"FETCH":    {Selected, "", UpdatesButExpunge, (*Conn).fetch},
		"STORE":    {Selected, "", UpdatesButExpunge, (*Conn).store},
		"COPY":     {Selected, "", UpdatesAll, (*Conn).copyCommand},
		"MOVE":     {Selected, "MOVE", UpdatesAll, (*Conn).move},
	}
}
