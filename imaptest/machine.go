package imaptest

import (
	"compress/flate"
	"crypto/tls"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/imapstack/imapstack/auth"
)

// setMachine sets s.machine, the serve.Server that speaks IMAP on the connections. It gives the machine the limits of
// the options and the commands of table.go.
func (s *Server) setMachine() {
	o := &s.opt
	m := &s.machine
	m.Backend, m.Commands, m.Capabilities = backend{s}, o.ext.allCommands(), o.ext.allCapabilities()
	m.Without, m.Mechanisms = slices.Sorted(maps.Keys(o.without)), o.login.mechanisms
	m.ID = map[string]string{"name": "imaptest"}
	m.Auth = &auth.ServerConfig{
		Password: s.secrets.password, Check: s.secrets.check, Token: s.secrets.token, Anonymous: s.guest, Authorize: s.authorize,
		SaltKey: s.secrets.salt, Iterations: o.login.iterations,
	}
	m.Now, m.Hosts, m.Submitters = s.now, slices.Concat(ownHosts, o.hosts), []string{"submit"}
	m.Delimiter = s.store.Delimiter()
	m.InsecureAuth, m.DeflateLevel = o.plain, flate.DefaultCompression
	// The certificates are made on first use, so that a server without TLS starts at once.
	m.TLSConfig = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		cfg, _, err := s.serverTLS()
		return cfg, err
	}}
	m.LoginLimits, m.Limits = o.limits.WithDefaults(), o.limits.WithDefaults()
	m.Progress = o.progress
	m.MaxMessage = m.Limits.Literal
	m.MaxBad, m.MaxFailedLogins, m.FailedLoginDelay = o.guard.bad, -1, -1
	if m.MaxBad == 0 {
		m.MaxBad = -1
	}
	m.LoginTimeout, m.IdleTimeout, m.WriteTimeout = machineTimeout(o.guard.login), machineTimeout(o.guard.idle), -1
	if m.Logger = o.logger; m.Logger == nil {
		m.Logger = slog.New(slog.DiscardHandler)
	}
}

// machineTimeout converts a timeout of the options into one of serve.Server. In the options, 0 means no limit; in
// serve.Server, a negative value means no limit.
func machineTimeout(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}
