package imaptest

import "github.com/imapstack/imapstack/session/serve"

// ownCommands holds the commands that package serve does not have, by name without "UID". init sets it,
// because the commands refer to it.
var ownCommands map[string]serve.Command

func init() {
	ownCommands = map[string]serve.Command{

		"GETANNOTATION": {In: serve.LoggedIn, Cap: "ANNOTATEMORE", Updates: serve.UpdatesAll, Run: own((*conn).getAnnotation)},
		"SETANNOTATION": {In: serve.LoggedIn, Cap: "ANNOTATEMORE", Updates: serve.UpdatesAll, Run: own((*conn).setAnnotation)},
	}
}
