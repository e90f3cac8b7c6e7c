package parser

// commandInfo is what the parser knows about a command.
type commandInfo struct {
	known bool
	uid   bool // whether "UID" may come before the name
	// args is nil for APPEND and REPLACE, whose arguments are read from the CommandReader.
	args func() Args
}

func args[T any, P interface {
	*T
	Args
}]() Args {
	return P(new(T))
}

var commandNames = map[string]commandInfo{
	"CAPABILITY": {known: true, args: args[NoArgs]},
	"NOOP":       {known: true, args: args[NoArgs]},
	"LOGOUT":     {known: true, args: args[NoArgs]},
	"ID":         {known: true, args: args[IDArgs]},
	"LANGUAGE":   {known: true, args: args[WordsArgs]},

	"STARTTLS":          {known: true, args: args[NoArgs]},
	"AUTHENTICATE":      {known: true, args: args[AuthenticateArgs]},
	"LOGIN":             {known: true, args: args[LoginArgs]},
	"COMPRESS":          {known: true, args: args[CompressArgs]},
	"UNAUTHENTICATE":    {known: true, args: args[NoArgs]},
	"PROXYAUTH":         {known: true, args: args[ProxyAuthArgs]},
	"GETJMAPACCESS":     {known: true, args: args[NoArgs]},
	"XAPPLEPUSHSERVICE": {known: true, args: args[PushServiceArgs]},

	"ENABLE":      {known: true, args: args[EnableArgs]},
	"SELECT":      {known: true, args: args[SelectArgs]},
	"EXAMINE":     {known: true, args: args[SelectArgs]},
	"CREATE":      {known: true, args: args[CreateArgs]},
	"DELETE":      {known: true, args: args[MailboxArgs]},
	"RENAME":      {known: true, args: args[RenameArgs]},
	"SUBSCRIBE":   {known: true, args: args[MailboxArgs]},
	"UNSUBSCRIBE": {known: true, args: args[MailboxArgs]},
	"LIST":        {known: true, args: args[ListArgs]},
	"LSUB":        {known: true, args: args[ListArgs]},
	"XLIST":       {known: true, args: args[ListArgs]},
	"RLIST":       {known: true, args: args[ListArgs]},
	"RLSUB":       {known: true, args: args[ListArgs]},
	"NAMESPACE":   {known: true, args: args[NoArgs]},
	"STATUS":      {known: true, args: args[StatusArgs]},
	"APPEND":      {known: true},
	"IDLE":        {known: true, args: args[NoArgs]},
	"NOTIFY":      {known: true, args: args[NotifyArgs]},
	"COMPARATOR":  {known: true, args: args[WordsArgs]},
	"ESEARCH":     {known: true, uid: true, args: args[MultiSearchArgs]},

	"CLOSE":        {known: true, args: args[NoArgs]},
	"UNSELECT":     {known: true, args: args[NoArgs]},
	"CHECK":        {known: true, args: args[NoArgs]},
	"EXPUNGE":      {known: true, uid: true, args: args[ExpungeArgs]},
	"SEARCH":       {known: true, uid: true, args: args[SearchArgs]},
	"SORT":         {known: true, uid: true, args: args[SortArgs]},
	"THREAD":       {known: true, uid: true, args: args[ThreadArgs]},
	"FETCH":        {known: true, uid: true, args: args[FetchArgs]},
	"STORE":        {known: true, uid: true, args: args[StoreArgs]},
	"COPY":         {known: true, uid: true, args: args[CopyArgs]},
	"MOVE":         {known: true, uid: true, args: args[CopyArgs]},
	"REPLACE":      {known: true, uid: true},
	"CONVERT":      {known: true, uid: true, args: args[ConvertArgs]},
	"CONVERSIONS":  {known: true, args: args[ConversionsArgs]},
	"CANCELUPDATE": {known: true, args: args[CancelUpdateArgs]},
	"UIDBATCHES":   {known: true, args: args[UIDBatchesArgs]},
	"PARTIAL":      {known: true, args: args[PartialArgs]},

	"GENURLAUTH": {known: true, args: args[GenURLAuthArgs]},
	"URLFETCH":   {known: true, args: args[URLFetchArgs]},
	"RESETKEY":   {known: true, args: args[ResetKeyArgs]},

	"GETACL":        {known: true, args: args[MailboxArgs]},
	"SETACL":        {known: true, args: args[SetACLArgs]},
	"DELETEACL":     {known: true, args: args[IdentifierArgs]},
	"LISTRIGHTS":    {known: true, args: args[IdentifierArgs]},
	"MYRIGHTS":      {known: true, args: args[MailboxArgs]},
	"GETQUOTA":      {known: true, args: args[GetQuotaArgs]},
	"GETQUOTAROOT":  {known: true, args: args[MailboxArgs]},
	"SETQUOTA":      {known: true, args: args[SetQuotaArgs]},
	"GETMETADATA":   {known: true, args: args[GetMetadataArgs]},
	"SETMETADATA":   {known: true, args: args[SetMetadataArgs]},
	"GETANNOTATION": {known: true, args: args[GetAnnotationArgs]},
	"SETANNOTATION": {known: true, args: args[SetAnnotationArgs]},
}

// KnownCommand reports whether this package knows the grammar of a command. The name is in upper case and without
// "UID".
func KnownCommand(name string) bool { return commandNames[name].known }

// NewArgs returns a value that decodes the arguments of a command, such as a *FetchArgs for "FETCH". For an unknown
// command it returns a *RawArgs. The name is in upper case and without "UID". NewArgs returns nil only for APPEND and
// REPLACE. The messages of these two may be too big for memory, and are read with AppendArgs and ReplaceArgs.
func NewArgs(name string) Args {
	switch c := commandNames[name]; {
	case c.args != nil:
		return c.args()
	case c.known:
		return nil
	}
	return new(RawArgs)
}

// takesUID reports whether "UID" may come before the name of a command. For an unknown command it returns true, except
// for "UID" itself.
func takesUID(name string) bool {
	c := commandNames[name]
	return c.uid || !c.known && name != "UID"
}
