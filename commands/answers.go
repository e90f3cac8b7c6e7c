package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// byPlace returns an Answer for each of the responses with the given names. It is for responses that do not identify
// the command that they answer. The session has only one such command in flight at a time.
func byPlace(names ...string) (list []session.Answer) {
	for _, n := range names {
		list = append(list, session.Answer{Response: n})
	}
	return list
}

// byName returns the Answer for a response that contains a name from the command, such as the name of a mailbox or of
// a quota root.
func byName(response, name string) []session.Answer {
	return []session.Answer{{Response: response, By: session.ByName, Name: name}}
}

// byNumbers returns the Answers for FETCH and UIDFETCH responses about the messages in a set.
func byNumbers(messages numset.Set) []session.Answer {
	return []session.Answer{{Response: "FETCH", By: session.ByNumbers, Numbers: messages}, {Response: "UIDFETCH", By: session.ByNumbers, Numbers: messages}}
}

// bySearch returns the Answers for a search: one for ESEARCH, which contains the command's tag (RFC 4466 §2.6.2), and,
// if extended is false, one for the response with the given name.
func bySearch(name string, extended bool) []session.Answer {
	tagged := session.Answer{Response: "ESEARCH", By: session.ByTag}
	if extended {
		return []session.Answer{tagged}
	}
	return []session.Answer{tagged, {Response: name}}
}

// untaggedCode returns the Answer for an untagged OK with a response code.
func untaggedCode(code parser.CodeName) []session.Answer { return byPlace("[" + string(code) + "]") }

// answeredBy returns cmd with the result of byName as its Answers.
func answeredBy(cmd session.Command, response, name string) session.Command {
	cmd.Answers = byName(response, name)
	return cmd
}
