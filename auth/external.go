package auth

import (
	"strings"

	"github.com/emersion/go-sasl"
)

// External returns the mechanism EXTERNAL (RFC 4422 Appendix A). The server knows the user from the connection, for
// example from a TLS certificate. The argument authzid is the user to act as; "" means the user whom the server knows.
// The client always sends an initial response, which is empty if authzid is "".
func External(authzid string) sasl.Client { return external(authzid) }

type external string

func (x external) Start() (mech string, ir []byte, err error) {
	if strings.Contains(string(x), "\x00") {
		return "", nil, badArgument("EXTERNAL", "cannot carry a NUL")
	}
	return "EXTERNAL", []byte(x), nil
}

func (external) Next([]byte) ([]byte, error) { return nil, noChallenge("EXTERNAL") }

// externalServer is the server's half of EXTERNAL.
type externalServer struct{ *Server }

func (x externalServer) next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	authzid, ok := clientName(string(response))
	if !ok {
		return nil, false, ErrResponse
	}
	if x.cfg.External == "" {
		return nil, false, ErrRefused
	}
	return nil, true, x.authorize(x.cfg.External, authzid)
}
