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

// fail returns its argument told as a challenge. After the client's answer, next returns the argument why, an error.
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

// told returns the OAuthError that the client receives after ServerConfig.Token has returned err. If err is an
// *OAuthError, the client receives its contents. The client learns nothing about any other error.
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
