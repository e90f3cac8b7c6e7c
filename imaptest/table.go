package imaptest

import "github.com/imapstack/imapstack/session/serve"

// ownCommands holds the commands that the machine of package serve does not have, by name without "UID". init sets it, because the commands refer to it.
var ownCommands map[string]serve.Command

func init() {
	ownCommands = map[string]serve.Command{

		"CREATE":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).create)},
		"DELETE":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).delete)},
		"RENAME":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).rename)},
		"SUBSCRIBE":     {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).subscribe)},
		"UNSUBSCRIBE":   {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).unsubscribe)},
		"LIST":          {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).list)},
		"LSUB":          {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).lsub)},
		"STATUS":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).status)},
		"APPEND":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).append)},
		"GETANNOTATION": {In: serve.LoggedIn, Cap: "ANNOTATEMORE", Tells: serve.TellsAll, Run: own((*conn).getAnnotation)},
		"SETANNOTATION": {In: serve.LoggedIn, Cap: "ANNOTATEMORE", Tells: serve.TellsAll, Run: own((*conn).setAnnotation)},
	}
}
