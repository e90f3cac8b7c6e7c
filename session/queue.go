package session

// queue holds the commands that were started, in the order of their tags. They are sent in this order.
type queue struct {
	list  []*pending // with consecutive tags; forgotten takes the place of each command that has been answered
	first uint64     // the tag of list[0]
	past  int        // how many at the front have been answered
	next  int        // index of the first command whose sending has not begun
}

// forgotten takes the place of an answered command in a queue. While an earlier command has no answer, the server can
// answer any number of later ones, and the queue must not keep their results in memory.
var forgotten = &pending{progress: answered, settled: true}

// live returns the commands, without the answered ones at the front.
func (q *queue) live() []*pending { return q.list[q.past:] }

// begun returns the commands that may be in flight.
func (q *queue) begun() []*pending { return q.list[q.past:max(q.past, q.next)] }

// head returns the command to send next, or nil.
func (q *queue) head() *pending {
	for q.next < len(q.list) && q.list[q.next].progress != queued {
		q.next++
	}
	if q.next == len(q.list) {
		return nil
	}
	return q.list[q.next]
}

func (q *queue) add(p *pending) {
	q.retire()
	if len(q.list) == 0 {
		q.first = p.tag
	}
	q.list = append(q.list, p)
}

// forget replaces an answered command by forgotten, so that the places of the other commands stay the same.
func (q *queue) forget(p *pending) {
	if i := p.tag - q.first; i < uint64(len(q.list)) && q.list[i] == p {
		q.list[i] = forgotten
	}
}

// find returns the command with a tag, or nil if it is not in the queue.
func (q *queue) find(tag uint64) *pending {
	if tag < q.first || tag-q.first >= uint64(len(q.list)) {
		return nil
	}
	return q.list[tag-q.first]
}

// advance skips the answered commands at the front.
func (q *queue) advance() {
	for q.past < len(q.list) && q.list[q.past].progress == answered {
		q.past++
	}
	q.next = max(q.next, q.past)
}

// retire removes the answered commands at the front when they make up at least half of the list. It does not remove
// each one at once, because a program may start very many commands before it waits for one. retire must not be called
// within a loop over the queue.
func (q *queue) retire() {
	if q.advance(); q.past == 0 || q.past < len(q.list)-q.past {
		return
	}
	n := copy(q.list, q.live())
	clear(q.list[n:])
	q.first += uint64(q.past)
	q.list, q.past, q.next = q.list[:n], 0, q.next-q.past
}
