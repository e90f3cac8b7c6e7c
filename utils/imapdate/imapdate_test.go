package imapdate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/imapstack/imapstack/utils/imapdate"
)

func TestParse(t *testing.T) {
	zone := time.FixedZone("", -7*3600)
	for _, c := range []struct {
		in   string
		want time.Time
	}{
		{"17-Jul-1996 02:44:25 -0700", time.Date(1996, 7, 17, 2, 44, 25, 0, zone)},
		{" 1-Feb-2020 00:00:00 +0000", time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC)},
		{"4-Jan-2015 16:53:35 +0800", time.Date(2015, 1, 4, 8, 53, 35, 0, time.UTC)},
		{"29-feb-2024 23:59:60 +0000", time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)},
	} {
		got, err := imapdate.Parse([]byte(c.in))
		if err != nil || !got.Equal(c.want) {
			t.Errorf("Parse(%q) = %v, %v, want %v", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{
		"", "1", "00-Jan-0000 00:00:00 +0000", "30-Feb-2020 00:00:00 +0000", "29-Feb-1900 00:00:00 +0000",
		"1-Foo-2020 00:00:00 +0000", "1-Jan-2020 24:00:00 +0000", "1-Jan-2020 00:60:00 +0000", "1-Jan-2020 00:00:00 0000",
		"1-Jan-2020 00:00:00 +0060", "1-Jan-2020", "111-Jan-2020 00:00:00 +0000", "1-Jan-2020 00:00:00 +0000 ",
	} {
		if got, err := imapdate.Parse([]byte(in)); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", in, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, in := range []string{"1-Feb-1994", "01-Feb-1994", " 1-Feb-1994"} {
		got, err := imapdate.ParseDate([]byte(in))
		if err != nil || !got.Equal(time.Date(1994, 2, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("ParseDate(%q) = %v, %v; want 1 February 1994", in, got, err)
		}
	}
	if _, err := imapdate.ParseDate([]byte("1-Feb-1994 x")); err == nil {
		t.Error("ParseDate accepts text after a date")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("17-Jul-1996 02:44:25 -0700")
	f.Add(" 1-Feb-2020 00:00:00 +0000")
	f.Fuzz(func(t *testing.T, s string) {
		imapdate.ParseDate([]byte(s))
		x, err := imapdate.Parse([]byte(s))
		if err != nil {
			return
		}
		y, err := imapdate.Parse(imapdate.AppendFormat(nil, x))
		if err != nil || !x.Equal(y) {
			t.Errorf("%q is %v, which comes back as %v, %v", s, x, y, err)
		}
	})
}

func TestAllocs(t *testing.T) {
	in := []byte("17-Jul-1996 02:44:25 +0545")
	if n := testing.AllocsPerRun(100, func() { imapdate.Parse(in) }); n != 0 {
		t.Errorf("Parse allocates %v times, want 0", n)
	}
}

func ExampleFormat() {
	fmt.Println(imapdate.Format(time.Date(1996, 7, 7, 2, 44, 25, 0, time.UTC)))
	// Output:  7-Jul-1996 02:44:25 +0000
}
