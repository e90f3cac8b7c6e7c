// Package relay is a proxy without its policy: the program decides who may log in to which server, and what happens to
// commands and responses.
//
// A [Front] serves a client until it has logged in, and [Connect] logs a user in to a back end. Then a [Relay] passes
// commands on from one to the other, and responses back.
//
//	x := relay.New(relay.Config{
//		Commands: parser.NewCommandReader(wire.NewReader(client, limits)), Client: client,
//		Responses: parser.NewReader(wire.NewReader(server, wire.Limits{})), BackEnd: server,
//		Close: func() { client.Close(); server.Close() },
//		Command: func(c *relay.Command) error {
//			if c.Name == "DELETE" {
//				return c.Answer(parser.NO, parser.Code{Name: parser.CodeNoPerm}, "not here")
//			}
//			return nil // passed on as it came
//		},
//	})
//	err := x.Run()
//
// # What it takes care of
//
// Command sees every command, and an octet of the client reaches the back end only as part of a command that Command
// has seen. To guarantee that, the back end itself asks for literals: see wire.RelayCommand. The Relay refuses tags
// that are in use, so that no answer is mistaken for that to another command. It reads the lines of IDLE and
// AUTHENTICATE as lines. It refuses STARTTLS and COMPRESS, after which a proxy would be blind. Responses that the
// program does not want to see pass unchanged: see wire.RelayRun.
package relay
