package message

import "strings"

// baseSubject returns the base subject of a decoded subject (RFC 5256 §2.1). It also reports whether it has removed
// a mark of a reply or a forwarded message. It takes linear time.
func baseSubject(s string) (base string, reply bool) {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }), " ")
	for {
		// Step 2 of RFC 5256 §2.1 removes spaces and each "(fwd)" at the end of the subject.
		for {
			s = strings.TrimRight(s, " ")
			if k := len(s) - len("(fwd)"); k >= 0 && strings.EqualFold(s[k:], "(fwd)") {
				s, reply = s[:k], true
				continue
			}
			break
		}
		// Steps 3 to 5 remove each subj-leader at the beginning of the subject, such as "[list] re:", and then the
		// subj-blobs, such as "[list]". First look for "re:" after all blobs, because the blobs before a "re:" belong
		// to the leader. Otherwise each blob would be read again after the removal of the blob before it.
		for {
			s = strings.TrimLeft(s, " ")
			rest := s
			for {
				next, ok := blob(rest)
				if !ok {
					break
				}
				rest = next
			}
			if next, ok := leader(rest); ok {
				s, reply = next, true
				continue
			}
			for {
				next, ok := blob(s)
				if !ok || next == "" {
					break
				}
				s = next
			}
			break
		}
		// Step 6 removes "[fwd:" and "]" around the rest.
		if k := len("[fwd:"); len(s) > k && strings.EqualFold(s[:k], "[fwd:") && s[len(s)-1] == ']' {
			s, reply = s[k:len(s)-1], true
			continue
		}
		return s, reply
	}
}

// blob removes a subj-blob, which is "[...]" and the space after it.
func blob(s string) (string, bool) {
	if s == "" || s[0] != '[' {
		return s, false
	}
	i := strings.IndexAny(s[1:], "[]")
	if i < 0 || s[1+i] != ']' {
		return s, false
	}
	return strings.TrimLeft(s[i+2:], " "), true
}

// leader removes "re:", "fw:" or "fwd:", with or without a blob before the colon.
func leader(s string) (string, bool) {
	for _, w := range [...]string{"fwd", "fw", "re"} {
		if len(s) < len(w) || !strings.EqualFold(s[:len(w)], w) {
			continue
		}
		rest, _ := blob(strings.TrimLeft(s[len(w):], " "))
		if strings.HasPrefix(rest, ":") {
			return rest[1:], true
		}
	}
	return s, false
}
