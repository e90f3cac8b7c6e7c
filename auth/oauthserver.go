package auth

import (
	"encoding/json"
	"errors"
)

// oauthServer is the server's half of OAUTHBEARER and XOAUTH2.
type oauthServer struct {
	*Server
	parse  func(s *Server, response string) (name string, token Secret, ok bool)
	status string // the status that a refused token gets
	failed error
}

func (o *oauthServer) next(response []byte) ([]byte, bool, error) {
	if o.failed != nil {
		// Whatever the client answers to its refusal: %x01 or nothing.
		return nil, false, o.failed
	}
	if response == nil {
		return []byte{}, false, nil
	}
	name, token, ok := o.parse(o.Server, string(response))
	if !ok {
		return o.fail(&OAuthError{Status: "invalid_request"}, ErrResponse)
	}
	if token.Empty() {
		return o.fail(&OAuthError{Status: o.status}, ErrRefused)
	}
	user, err := o.cfg.Token(name, token)
	if err != nil {
		return o.fail(o.told(err), err)
	}
	return nil, true, o.authorize(user, name)
}

// fail returns what to tell the client, and remembers the error with which to refuse it after its answer.
func (o *oauthServer) fail(told *OAuthError, why error) ([]byte, bool, error) {
	if told.Schemes == "" {
		told.Schemes = "bearer"
	}
	b, err := json.Marshal(told)
	if err != nil {
		return nil, false, err
	}
	o.failed = why
	return b, false, nil
}

// told returns what a client may learn of an error from the configuration: what an *OAuthError contains.
func (o *oauthServer) told(err error) *OAuthError {
	told := OAuthError{Status: o.status}
	if e := (*OAuthError)(nil); errors.As(err, &e) && e != nil {
		told = *e
		if told.Status == "" {
			told.Status = o.status
		}
	}
	return &told
}
