package session

import "github.com/imapstack/imapstack/parser"

// mustKeep reports whether new data of a stream must be set aside for later, although the caller's loop over the stream
// is running. This is so if earlier data is still set aside, or if the mailbox of the stream is still being opened,
// because the SELECT may fail.
func (p *pending) mustKeep() bool {
	return p.kept != nil && (p.kept.unread > 0 || p.kept.overflow != nil) || p.epoch != nil && p.epoch.stage == epochBegun
}

// claimant returns the command that an untagged response answers, or nil. Together ensures that at most one command in
// flight has the response's name among its Answers and also claims the response. A command may claim a response whose
// name it has not declared, because some servers send SEARCH in place of ESEARCH. It gets that response if no other
// command claims it.
func (s *Session) claimant(r *parser.Response) *pending {
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
				continue // the data is about the old mailbox, or about that of an earlier SELECT in flight
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
