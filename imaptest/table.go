package imaptest

import "github.com/imapstack/imapstack/session/serve"

// ownCommands holds the commands that the machine of package serve does not have, by name without "UID". init sets it, because the commands refer to it.
var ownCommands map[string]serve.Command

func init() {
	ownCommands = map[string]serve.Command{

		"SELECT":        {In: serve.LoggedIn, Tells: serve.TellsNothing, Run: own((*conn).selectCommand)},
		"EXAMINE":       {In: serve.LoggedIn, Tells: serve.TellsNothing, Run: own((*conn).examine)},
		"CREATE":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).create)},
		"DELETE":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).delete)},
		"RENAME":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).rename)},
		"SUBSCRIBE":     {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).subscribe)},
		"UNSUBSCRIBE":   {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).unsubscribe)},
		"LIST":          {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).list)},
		"LSUB":          {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).lsub)},
		"STATUS":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).status)},
		"APPEND":        {In: serve.LoggedIn, Tells: serve.TellsAll, Run: own((*conn).append)},
		"NOTIFY":        {In: serve.LoggedIn, Cap: "NOTIFY", Tells: serve.TellsNothing, Run: own((*conn).notifyCommand)},
		"ESEARCH":       {In: serve.LoggedIn, Cap: "MULTISEARCH", Tells: serve.TellsSafe, Run: own((*conn).multiSearch)},
		"GETANNOTATION": {In: serve.LoggedIn, Cap: "ANNOTATEMORE", Tells: serve.TellsAll, Run: own((*conn).getAnnotation)},
		"SETANNOTATION": {In: serve.LoggedIn, Cap: "ANNOTATEMORE", Tells: serve.TellsAll, Run: own((*conn).setAnnotation)},

		"CLOSE":    {In: serve.Selected, Tells: serve.TellsNothing, Run: own((*conn).closeCommand)},
		"UNSELECT": {In: serve.Selected, Cap: "UNSELECT", Tells: serve.TellsNothing, Run: own((*conn).unselect)},
		"EXPUNGE":  {In: serve.Selected, Tells: serve.TellsAll, Run: own((*conn).expunge)},
		"SEARCH":   {In: serve.Selected, Tells: serve.TellsSafe, Run: own((*conn).search)},
		"SORT":     {In: serve.Selected, Cap: "SORT", Tells: serve.TellsSafe, Run: own((*conn).sort)},
		"THREAD":   {In: serve.Selected, Tells: serve.TellsSafe, Run: own((*conn).thread)},
		"FETCH":    {In: serve.Selected, Tells: serve.TellsSafe, Run: own((*conn).fetch)},
		"STORE":    {In: serve.Selected, Tells: serve.TellsSafe, Run: own((*conn).store)},
		"COPY":     {In: serve.Selected, Tells: serve.TellsAll, Run: own((*conn).copy)},
		"REPLACE":  {In: serve.Selected, Cap: "REPLACE", Tells: serve.TellsAll, Run: own((*conn).replace)},
		"MOVE":     {In: serve.Selected, Cap: "MOVE", Tells: serve.TellsAll, Run: own((*conn).move)},

		"CANCELUPDATE": {In: serve.Selected, Tells: serve.TellsSafe, Run: own((*conn).cancelUpdate)},
	}
}
