package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// byPlace returns answers by responses that do not say which command they answer.
func byPlace(names ...string) (list []session.Answer) {
	for _, n := range names {
		list = append(list, session.Answer{Response: n})
	}
	return list
}

// byName returns an answer by a response that names the mailbox, or whatever else was asked for.
func byName(response, name string) []session.Answer {
	return []session.Answer{{Response: response, By: session.ByName, Name: name}}
}

// byNumbers returns answers by FETCH responses for the messages in a set.
func byNumbers(messages numset.Set) []session.Answer {
	return []session.Answer{{Response: "FETCH", By: session.ByNumbers, Numbers: messages}, {Response: "UIDFETCH", By: session.ByNumbers, Numbers: messages}}
}

// bySearch returns the answer to a search: the response of that name, or ESEARCH if it was asked for, which names the
// command by its tag (RFC 4466 §2.6.2).
func bySearch(name string, extended bool) []session.Answer {
	tagged := session.Answer{Response: "ESEARCH", By: session.ByTag}
	if extended {
		return []session.Answer{tagged}
	}
	return []session.Answer{tagged, {Response: name}}
}

// untaggedCode returns an answer by an untagged OK with a code.
func untaggedCode(code parser.CodeName) []session.Answer { return byPlace("[" + string(code) + "]") }

// answeredBy makes a command with one answer, which names what was asked for.
func answeredBy(cmd session.Command, response, name string) session.Command {
	cmd.Answers = byName(response, name)
	return cmd
}
