package parser

import "github.com/imapstack/imapstack/wire"

// plainParams reads a list of parameters at b[i], with the same conventions as plainString. It accepts only lists
// that decodeParams reads the same way. It exists for speed: a multipart whose parts are in partHeads takes a fifth
// less time.
func (m *bodyMemory) plainParams(d *wire.Decoder, b []byte, i int) (list []Param, next int) {
	if i == 0 || i >= len(b) || b[i] != '(' {
		return nil, 0
	}
	for n := len(m.params); len(m.params) < maxParams; {
		name, from := plainField(d, b, i+1, ' ')
		value, to := plainString(d, b, from)
		if name == nil || value == nil || to >= len(b) || b[to] != ' ' && b[to] != ')' {
			m.params = m.params[:n]
			break
		}
		m.params = append(m.params, Param{d.InternLower(name), value})
		if i = to; b[i] == ')' {
			return m.params[n:len(m.params):len(m.params)], i + 1
		}
	}
	return nil, 0
}
