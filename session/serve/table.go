package serve

// State is the state of a connection (RFC 9051 §3), or a set of them.
type State uint8

// The states, and sets of them.
const (
	NotAuthenticated State = 1 << iota
	Authenticated
	Selected // a mailbox is open

	LoggedIn = Authenticated | Selected
	AnyState = NotAuthenticated | LoggedIn
)

// Tells says what a command may report about the open mailbox before its tagged answer.
type Tells uint8

// What a command may report.
const (
	TellsNothing Tells = iota
	TellsSafe          // all but EXPUNGE, unless it is a UID command (RFC 9051 §7.5.1)
	TellsAll
	TellsLater // only from a TellHook: nothing yet, not even mod-sequences
)

// A Command describes a command of the machine, or one of Server.Commands.
type Command struct {
	In    State  // the states in which it is allowed
	Cap   string // the capability without which the machine does not know the command, or ""
	Tells Tells
	// Run runs the command. It decodes the arguments with Conn.Decode, and encodes its responses to Conn.Encoder. Its
	// result is the answer: nil is OK, a *Reply is the answer itself, and other errors mean what they mean from a back
	// end's methods.
	Run func(c *Conn) error
}

// commandTable has every command by its name, without "UID". init sets it, because the commands refer to it.
var commandTable map[string]Command

func init() {
	commandTable = map[string]Command{
		"CAPABILITY": {AnyState, "", TellsAll, (*Conn).capability},
		"NOOP":       {AnyState, "", TellsAll, (*Conn).noop},
		"LOGOUT":     {AnyState, "", TellsNothing, (*Conn).logoutCommand},
		"ID":         {AnyState, "ID", TellsAll, (*Conn).idCommand},

		"STARTTLS":     {NotAuthenticated, "STARTTLS", TellsNothing, (*Conn).startTLS},
		"LOGIN":        {NotAuthenticated, "", TellsNothing, (*Conn).loginCommand},
		"AUTHENTICATE": {NotAuthenticated, "", TellsNothing, (*Conn).authenticate},

		"ENABLE":         {LoggedIn, "ENABLE", TellsNothing, (*Conn).enable},
		"UNAUTHENTICATE": {LoggedIn, "UNAUTHENTICATE", TellsNothing, (*Conn).unauthenticate},
		"COMPRESS":       {LoggedIn, "COMPRESS=DEFLATE", TellsNothing, (*Conn).compress},
		"SELECT":         {LoggedIn, "", TellsNothing, (*Conn).selectCommand},
		"EXAMINE":        {LoggedIn, "", TellsNothing, (*Conn).examine},
		"CREATE":         {LoggedIn, "", TellsAll, (*Conn).create},
		"DELETE":         {LoggedIn, "", TellsAll, (*Conn).delete},
		"RENAME":         {LoggedIn, "", TellsAll, (*Conn).rename},
		"SUBSCRIBE":      {LoggedIn, "", TellsAll, (*Conn).subscribe},
		"UNSUBSCRIBE":    {LoggedIn, "", TellsAll, (*Conn).unsubscribe},
		"LIST":           {LoggedIn, "", TellsAll, (*Conn).list},
		"LSUB":           {LoggedIn, "", TellsAll, (*Conn).lsub},
		"NAMESPACE":      {LoggedIn, "NAMESPACE", TellsAll, (*Conn).namespace},
		"STATUS":         {LoggedIn, "", TellsAll, (*Conn).status},
		"APPEND":         {LoggedIn, "", TellsAll, (*Conn).append},
		"ESEARCH":        {LoggedIn, "MULTISEARCH", TellsSafe, (*Conn).multiSearch},
		"NOTIFY":         {LoggedIn, "NOTIFY", TellsAll, (*Conn).notifyCommand},
		"CANCELUPDATE":   {LoggedIn, "", TellsAll, (*Conn).cancelUpdate},
		"IDLE":           {LoggedIn, "IDLE", TellsAll, (*Conn).idle},
		"GETACL":         {LoggedIn, "ACL", TellsAll, (*Conn).getACL},
		"SETACL":         {LoggedIn, "ACL", TellsAll, (*Conn).setACL},
		"DELETEACL":      {LoggedIn, "ACL", TellsAll, (*Conn).deleteACL},
		"LISTRIGHTS":     {LoggedIn, "ACL", TellsAll, (*Conn).listRights},
		"MYRIGHTS":       {LoggedIn, "ACL", TellsAll, (*Conn).myRights},
		"GETQUOTA":       {LoggedIn, "QUOTA", TellsAll, (*Conn).getQuota},
		"GETQUOTAROOT":   {LoggedIn, "QUOTA", TellsAll, (*Conn).getQuotaRoot},
		"SETQUOTA":       {LoggedIn, "QUOTASET", TellsAll, (*Conn).setQuota},
		"GENURLAUTH":     {LoggedIn, "URLAUTH", TellsAll, (*Conn).genURLAuth},
		"URLFETCH":       {LoggedIn, "URLAUTH", TellsAll, (*Conn).urlFetch},
		"RESETKEY":       {LoggedIn, "URLAUTH", TellsAll, (*Conn).resetKey},
		"GETMETADATA":    {LoggedIn, "METADATA", TellsAll, (*Conn).getMetadata},
		"SETMETADATA":    {LoggedIn, "METADATA", TellsAll, (*Conn).setMetadata},

		"CHECK":    {Selected, "", TellsAll, (*Conn).noop},
		"CLOSE":    {Selected, "", TellsNothing, (*Conn).closeCommand},
		"UNSELECT": {Selected, "UNSELECT", TellsNothing, (*Conn).unselect},
		"REPLACE":  {Selected, "REPLACE", TellsAll, (*Conn).replace},
		"EXPUNGE":  {Selected, "", TellsAll, (*Conn).expunge},
		"SEARCH":   {Selected, "", TellsSafe, (*Conn).search},
		"SORT":     {Selected, "SORT", TellsSafe, (*Conn).sort},
		"THREAD":   {Selected, "THREAD=REFERENCES", TellsSafe, (*Conn).thread},
		"FETCH":    {Selected, "", TellsSafe, (*Conn).fetch},
		"STORE":    {Selected, "", TellsSafe, (*Conn).store},
		"COPY":     {Selected, "", TellsAll, (*Conn).copyCommand},
		"MOVE":     {Selected, "MOVE", TellsAll, (*Conn).move},
	}
}
