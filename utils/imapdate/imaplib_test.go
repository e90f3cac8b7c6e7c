package imapdate

import (
	"testing"
	"time"
)

// TestInternaldate2tuple has the cases of CPython's test_Internaldate2tuple, and of CPython issue 10941.
func TestInternaldate2tuple(t *testing.T) {
	for _, text := range []string{"01-Jan-2000 00:00:00 +0000", "01-Jan-2000 11:30:00 +1130", "31-Dec-1999 12:30:00 -1130"} {
		got, err := Parse([]byte(text))
		if want := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); err != nil || !got.Equal(want) {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	a, _ := Parse([]byte("02-Apr-2000 02:30:00 +0000"))
	b, _ := Parse([]byte("02-Apr-2000 03:30:00 +0000"))
	if b.Sub(a) != time.Hour {
		t.Errorf("%v and %v are not an hour apart", a, b)
	}
	for _, text := range []string{"", "01-Foo-2000 00:00:00 +0000", "32-Jan-2000 00:00:00 +0000", "INTERNALDATE", "01-Jan-2000 00:00:00"} {
		if got, err := Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, got)
		}
	}
}

// TestTime2Internaldate has the cases of CPython's test_Time2Internaldate. Format must use the English names of months,
// and the zone of its argument.
func TestTime2Internaldate(t *testing.T) {
	when := time.Unix(2000000000, 0)
	for offset, want := range map[int]string{2 * 3600: "18-May-2033 05:33:20 +0200", 0: "18-May-2033 03:33:20 +0000", -11*3600 - 1800: "17-May-2033 16:03:20 -1130"} {
		got := Format(when.In(time.FixedZone("", offset)))
		if got != want {
			t.Errorf("Format returns %s, want %s", got, want)
		}
		if back, err := Parse([]byte(got)); err != nil || !back.Equal(when) {
			t.Errorf("Parse(%q) = %v, %v; want %v", got, back, err, when)
		}
	}
}
