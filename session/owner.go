package session

import "github.com/imapstack/imapstack/parser"

// mustKeep reports whether data of a stream must be kept although its loop runs: earlier data is kept, or the mailbox that
// it belongs to has not been opened yet, and may never be.
func (p *pending) mustKeep() bool {
	return p.kept != nil && (p.kept.unread > 0 || p.kept.overflow != nil) || p.epoch != nil && p.epoch.stage == epochBegun
}

// owner returns the command that an untagged response answers, or nil. At most one command in flight has declared that
// responses with this name answer it, and claims this one; see Together. A command may claim a response that it has not
// declared, because some servers send SEARCH in place of ESEARCH. It gets that response if no other command could.
func (s *Session) owner(r *parser.Response) *pending {
	if s.claims == 0 {
		return nil
	}
	var other *pending
	others := 0
	name := r.Name
	if r.Status != 0 && len(s.inFlight) > 1 {
		name = "[" + string(r.Code.Name) + "]"
	}
	turned := s.viewSwitched
	for _, p := range s.inFlight {
		if p.cmd.Opens != nil {
			first := turned
			if turned = false; !first {
				continue // the data is about the mailbox before, or about that of an earlier SELECT in flight
			}
		}
		if p.cmd.Claim == nil || s.beforeItsMailbox(p) || !p.cmd.Claim(r) {
			continue
		}
		if len(s.inFlight) == 1 || p.cmd.Answers == nil || p.cmd.declares(name) {
			return p
		}
		other = p
		others++
	}
	if others != 1 {
		return nil
	}
	return other
}
