package parser

// dateForm is a date-time with a digit for each digit (RFC 9051 §9).
const dateForm = "00-Jan-0000 00:00:00 +0000"

// isDateTime reports whether b is written as a date-time is. Whether there was such a day is not asked.
func isDateTime(b []byte) bool {
	if len(b) != len(dateForm) || !isMonth(b[3:6]) || b[0] == '0' && b[1] == '0' || b[21] != '+' && b[21] != '-' {
		return false
	}
	if b[0] != ' ' && b[0]-'0' > 3 {
		return false
	}
	for i := 1; i < len(b); i++ {
		switch c := dateForm[i]; {
		case i >= 3 && i < 6 || i == 21:
		case c == '0':
			if b[i]-'0' > 9 {
				return false
			}
		case b[i] != c:
			return false
		}
	}
	return true
}

// isMonth reports whether b is the name of a month, in any case.
func isMonth(b []byte) bool {
	switch string([]byte{b[0] | 0x20, b[1] | 0x20, b[2] | 0x20}) {
	case "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec":
		return true
	}
	return false
}
