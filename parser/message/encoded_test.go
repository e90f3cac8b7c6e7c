package message

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestEncodedIsTheSame writes the envelope and the structure twice in each mode. It compares the results with those
// of Envelope.Encode and BodyStructure.Encode.
func TestEncodedIsTheSame(t *testing.T) {
	for _, raw := range []string{
		"", "Subject: x\r\n\r\n", "Subject: caf\xc3\xa9\r\nFrom: \"J\xff\" <j@x>\r\n\r\n\x00",
		"Subject: a\r\n \"b\"\\\r\nContent-Type: multipart/mixed; boundary=\"\xe9\"\r\n\r\n--\xe9\r\n\r\nx\r\n--\xe9--\r\n",
	} {
		m := New([]byte(raw))
		for _, mode := range []wire.Mode{{Server: true}, {Server: true, UTF8: true}, {Server: true, Binary: true}, {LiteralPlus: true}} {
			want := wire.NewEncoder(mode)
			m.Envelope().Encode(want)
			m.BodyStructure().Encode(want)
			for range 2 {
				got := wire.NewEncoder(mode)
				m.EncodeEnvelope(got)
				m.EncodeBodyStructure(got)
				if got.Err() != nil || string(got.Bytes()) != string(want.Bytes()) {
					t.Errorf("%q in %+v: got %q, %v, want %q", raw, mode, got.Bytes(), got.Err(), want.Bytes())
				}
			}
		}
	}
	m := New([]byte("Subject: x\r\n\r\n"))
	e := wire.NewEncoder(wire.Mode{Server: true})
	m.EncodeEnvelope(e)
	if n := testing.AllocsPerRun(100, func() { e.Reset(e.Mode()); m.EncodeEnvelope(e) }); n != 0 {
		t.Errorf("EncodeEnvelope allocates %v times, want 0", n)
	}
}
