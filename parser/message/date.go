package message

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// Sent returns the time in the Date field, in its zone. It returns the zero time if the field is missing or cannot
// be understood.
func (m *Message) Sent() time.Time {
	m.dating.Do(func() {
		if m.saved != nil {
			m.sent = m.saved.sent
		} else if v := m.Root().Field("Date"); len(v) > 0 && len(v) <= 200 {
			m.sent = parseDate(string(v))
		}
	})
	return m.sent
}

// parseDate reads a date with mail.ParseDate. If that fails, it looks for a day, a month, a year, a time and a zone
// in any order.
func parseDate(s string) time.Time {
	if t, err := mail.ParseDate(s); err == nil {
		return t
	}
	var day, year, hour, min, sec int
	var month time.Month
	zone, hasTime := time.UTC, false
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '(' || r == ')' }) {
		if strings.Count(w, "-") == 2 {
			// 1-Jan-2020 or 2020-01-02, perhaps followed by T and a time
			w, rest, _ := strings.Cut(w, "T")
			for i, p := range strings.Split(w, "-") {
				n, err := strconv.Atoi(p)
				switch {
				case err != nil:
					month = monthOf(p)
				case len(p) == 4:
					year = n
				case i == 1:
					month = time.Month(n)
				default:
					day = n
				}
			}
			if len(rest) >= 8 {
				hour, min, sec, hasTime = parseClock(rest[:8])
			}
			continue
		}
		n, err := strconv.Atoi(w)
		switch {
		case strings.IndexByte(w, ':') > 0 && !hasTime:
			hour, min, sec, hasTime = parseClock(w)
		case w[0] == '+' || w[0] == '-':
			if len(w) == 5 && err == nil {
				zone = time.FixedZone("", n/100*3600+n%100*60)
			}
		case err == nil && day == 0 && n <= 31 && len(w) <= 2:
			day = n
		case err == nil && year == 0 && (len(w) == 4 || len(w) == 2):
			if year = n; len(w) == 2 {
				year += 1900
				if n < 70 {
					year += 100
				}
			}
		case month == 0:
			month = monthOf(w)
		}
	}
	if day < 1 || day > 31 || month < 1 || month > 12 || year < 1 {
		return time.Time{}
	}
	return time.Date(year, month, day, hour, min, sec, 0, zone)
}

func monthOf(w string) time.Month {
	if len(w) >= 3 {
		if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(w[:3])); i >= 0 && i%3 == 0 {
			return time.Month(i/3 + 1)
		}
	}
	return 0
}

// parseClock reads hours, minutes, and seconds if there are any.
func parseClock(w string) (hour, min, sec int, ok bool) {
	var n [3]int
	for i, p := range strings.SplitN(w, ":", 3) {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || v > 60 {
			return 0, 0, 0, false
		}
		n[i] = v
	}
	return n[0], n[1], n[2], n[0] < 24 && n[1] < 60
}
