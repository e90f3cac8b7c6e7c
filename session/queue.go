package session

// queue is the commands that were started, in the order of their tags, which is that in which they are sent.
type queue struct {
	list []*pending // without a gap between their tags
	past int        // so many at the front are answered
	next int        // the first that has not been begun
}

// live returns the commands without those at the front that are answered.
func (q *queue) live() []*pending { return q.list[q.past:] }

// begun returns the commands that may be in flight.
func (q *queue) begun() []*pending { return q.list[q.past:max(q.past, q.next)] }

// head returns the command to be begun next, or nil.
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
	q.list = append(q.list, p)
}

// find returns the command of a tag, if it is still here.
func (q *queue) find(tag uint64) *pending {
	if len(q.list) == 0 {
		return nil
	}
	first := q.list[0].tag
	if tag < first || tag-first >= uint64(len(q.list)) {
		return nil
	}
	return q.list[tag-first]
}

// advance passes by the commands at the front that are answered.
func (q *queue) advance() {
	for q.past < len(q.list) && q.list[q.past].progress == answered {
		q.past++
	}
	q.next = max(q.next, q.past)
}

// retire drops the commands at the front that are answered, when they are half of all: a program may start very many before it waits for
// one. Nothing may be ranging over the queue.
func (q *queue) retire() {
	if q.advance(); q.past == 0 || q.past < len(q.list)-q.past {
		return
	}
	n := copy(q.list, q.live())
	clear(q.list[n:])
	q.list, q.past, q.next = q.list[:n], 0, q.next-q.past
}
