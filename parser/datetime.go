package parser

// dateForm is the form of a date-time, with 0 in place of each digit (RFC 9051 §9).
const dateForm = "00-Jan-0000 00:00:00 +0000"

// isDateTime reports whether b has the form of a date-time. It does not check whether the day exists.
func isDateTime(b []byte) bool {
	if len(b) != len(dateForm) || b[2] != '-' || b[6] != '-' || b[11] != ' ' || b[14] != ':' || b[17] != ':' || b[20] != ' ' {
		return false
	}
	for _, i := range dateDigits {
		if b[i]-'0' > 9 {
			return false
		}
	}
	if b[0] != ' ' && b[0]-'0' > 3 || b[0] == '0' && b[1] == '0' || b[21] != '+' && b[21] != '-' {
		return false
	}
	return isMonth(b[3:6])
}

// dateDigits has the offsets of the digits in a date-time.
var dateDigits = [...]uint8{1, 7, 8, 9, 10, 12, 13, 15, 16, 18, 19, 22, 23, 24, 25}

// isMonth reports whether b is the name of a month, ignoring case.
func isMonth(b []byte) bool {
	switch string([]byte{b[0] | 0x20, b[1] | 0x20, b[2] | 0x20}) {
	case "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec":
		return true
	}
	return false
}
