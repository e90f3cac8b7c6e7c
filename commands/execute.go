package commands

import (
	"bytes"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// RawResult is the answer to a command that [Execute] has sent. It is the caller's.
type RawResult struct {
	Code parser.Code // of the tagged OK
	Text string      // of the tagged OK
	Data []RawData   // untagged responses, in the order of arrival
}

// RawData is an untagged response.
type RawData struct {
	Num     uint32        // the number before the name, as in "* 12 EXISTS"
	Name    string        // in upper case
	Status  parser.Status // of a status response, which also has Code and Text; otherwise zero
	Code    parser.Code
	Text    string
	Payload []byte // everything after the name, with the octets of literals; nil for a status response; valid for as long as the RawData
}

// Named returns the responses with the given name, which must be in upper case. The slice is the caller's.
func (r *RawResult) Named(name string) (list []RawData) {
	for _, d := range r.Data {
		if d.Name == name {
			list = append(list, d)
		}
	}
	return list
}

// Execute sends any command, as [Raw] does, and collects the untagged responses with the given names. If no names are
// given, it collects all responses that arrive while the command runs; the session's handler sees these too. If the
// result exceeds the session's Config.MaxResult, in octets, the error is a wire.LimitError.
//
//	got, err := commands.Execute(s, "XLIST", func(e *wire.Encoder) { e.SP().String("").SP().ListMailbox("*") }, "XLIST").Wait(ctx)
//	for _, d := range got.Data {
//		fmt.Printf("%s\n", d.Payload)
//	}
func Execute(s *session.Session, name string, args func(*wire.Encoder), responses ...string) *session.Call[RawResult] {
	out, size, most := new(RawResult), int64(0), s.Config().MaxResult
	cmd := rawCommand(name, args, responses)
	cmd.Data = func(r *response) error {
		x := RawData{Num: r.Num, Name: r.Name, Status: r.Status, Code: r.Code.Clone(), Text: string(r.Text)}
		if r.Status == 0 {
			var err error
			if x.Payload, err = payload(r, size, most); err != nil {
				return err
			}
		}
		size += int64(len(x.Payload))
		out.Data = append(out.Data, x)
		return nil
	}
	cmd.Done = func(r *response) error {
		out.Code, out.Text = r.Code.Clone(), string(r.Text)
		return nil
	}
	return session.Start(s, cmd, out)
}

// payload returns everything after the response's name, with the octets of literals. size is the number of octets of
// the result that Execute already keeps, and most is the limit for the whole result. If the result would exceed the
// limit, payload returns an error.
func payload(r *response, size, most int64) (out []byte, err error) {
	d := r.Decoder()
	for {
		rest := d.Rest()
		out = append(out, rest...)
		if n := size + int64(len(out)); n > most {
			return nil, &wire.LimitError{What: "result", Limit: most, Size: n}
		}
		i := bytes.LastIndexByte(rest, '{')
		if i < 0 {
			break
		}
		if d.Seek(d.Pos() + i); !d.AtStreamed() {
			break
		}
		lit := d.Literal()
		if n := size + int64(len(out)) + lit.Size(); n > most {
			return nil, &wire.LimitError{What: "result", Limit: most, Size: n}
		}
		if out, err = lit.AppendTo(out, lit.Size()); err != nil {
			return nil, err
		}
		if err = r.Continue(); err != nil {
			return nil, err
		}
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("\n")), []byte("\r")), nil
}
