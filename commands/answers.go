package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// byPlace returns answers by responses that do not say which command they answer. Only the order of the commands
// does.
func byPlace(names ...string) (list []session.Answer) {
	for _, n := range names {
		list = append(list, session.Answer{Response: n})
	}
	return list
}

// byName returns an answer by a response that contains a name from the command: that of a mailbox or quota root, for
// example.
func byName(response, name string) []session.Answer {
	return []session.Answer{{Response: response, By: session.ByName, Name: name}}
}

// byNumbers returns answers by FETCH and UIDFETCH responses for the messages in a set.
func byNumbers(messages numset.Set) []session.Answer {
	return []session.Answer{{Response: "FETCH", By: session.ByNumbers, Numbers: messages}, {Response: "UIDFETCH", By: session.ByNumbers, Numbers: messages}}
}

// bySearch returns the answers to a search: ESEARCH, which contains the command's tag (RFC 4466 §2.6.2), and, if
// extended is false, also the response with the given name.
func bySearch(name string, extended bool) []session.Answer {
	tagged := session.Answer{Response: "ESEARCH", By: session.ByTag}
	if extended {
		return []session.Answer{tagged}
	}
	return []session.Answer{tagged, {Response: name}}
}

// untaggedCode returns an answer by an untagged OK with a response code.
func untaggedCode(code parser.CodeName) []session.Answer { return byPlace("[" + string(code) + "]") }

// answeredBy returns cmd with byName as its only answer.
func answeredBy(cmd session.Command, response, name string) session.Command {
	cmd.Answers = byName(response, name)
	return cmd
}
