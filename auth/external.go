package auth

import (
	"strings"

	"github.com/emersion/go-sasl"
)

// External is EXTERNAL (RFC 4422 Appendix A): the connection says who the client is, as by a TLS certificate.
// authzid is whom to act as; "" is whom the connection says. The initial response may be empty, but is always there.
func External(authzid string) sasl.Client { return external(authzid) }

type external string

func (x external) Start() (mech string, ir []byte, err error) {
	if strings.Contains(string(x), "\x00") {
		return "", nil, badArgument("EXTERNAL", "cannot carry a NUL")
	}
	return "EXTERNAL", []byte(x), nil
}

func (external) Next([]byte) ([]byte, error) { return nil, noChallenge("EXTERNAL") }

// externalServer is the server's half.
type externalServer struct{ *Server }

func (x externalServer) next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	if strings.Contains(string(response), "\x00") {
		return nil, false, ErrResponse
	}
	if x.cfg.External == "" {
		return nil, false, ErrRefused
	}
	return nil, true, x.authorize(x.cfg.External, string(response))
}
