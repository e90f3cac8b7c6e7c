package auth

import (
	"encoding/json"
	"errors"
)

// oauthServer is the server's half of OAUTHBEARER and XOAUTH2.
type oauthServer struct {
	*Server
	parse  func(s *Server, response string) (name string, token Secret, ok bool)
	status string // OAuthError.Status for a refused token
	failed error
}

func (o *oauthServer) next(response []byte) ([]byte, bool, error) {
	if o.failed != nil {
		// Ignore the client's answer to the error, which is the octet 1 or empty.
		return nil, false, o.failed
	}
	if response == nil {
		return []byte{}, false, nil
	}
	name, token, ok := o.parse(o.Server, string(response))
	name, valid := clientName(name)
	if !ok || !valid {
		return o.fail(&OAuthError{Status: "invalid_request"}, ErrResponse)
	}
	if token.Empty() {
		return o.fail(&OAuthError{Status: o.status}, ErrRefused)
	}
	user, err := o.cfg.Token(name, token)
	if err != nil {
		return o.fail(o.errorForClient(err), err)
	}
	return nil, true, o.authorize(user, name)
}

// fail returns a challenge that tells the client the error e, in JSON. When the client has answered the challenge,
// next returns the error reason.
func (o *oauthServer) fail(e *OAuthError, reason error) ([]byte, bool, error) {
	if e.Schemes == "" {
		e.Schemes = "bearer"
	}
	b, err := json.Marshal(e)
	if err != nil {
		return nil, false, err
	}
	o.failed = reason
	return b, false, nil
}

// errorForClient returns the OAuthError that the client receives after ServerConfig.Token has returned err. If err is
// an *OAuthError, the client receives its contents. The client learns nothing about other errors.
func (o *oauthServer) errorForClient(err error) *OAuthError {
	out := OAuthError{Status: o.status}
	if e := (*OAuthError)(nil); errors.As(err, &e) && e != nil {
		out = *e
		if out.Status == "" {
			out.Status = o.status
		}
	}
	return &out
}
