package auth

import (
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
)

// External is EXTERNAL (RFC 4422 Appendix A): the connection says who the client is, as by a TLS certificate.
// authzid is whom to act as; "" is whom the connection says.
func External(authzid string) sasl.Client { return external(authzid) }

type external string

func (x external) Start() (mech string, ir []byte, err error) {
	if strings.Contains(string(x), "\x00") {
		return "", nil, fmt.Errorf("%w: EXTERNAL without NUL", ErrArgument)
	}
	return "EXTERNAL", []byte(x), nil
}

func (external) Next([]byte) ([]byte, error) {
	return nil, fmt.Errorf("EXTERNAL: %w", ErrChallenge)
}
