// Package relay is a proxy but for what is its own: whom it lets in where, and what it makes of what passes.
//
// A [Front] serves a client until it has logged in, and [Connect] logs a user in to a back end. A [Relay] then hands commands on from one to the
// other, and responses back.
//
//	x := relay.New(relay.Config{
//		Commands: parser.NewCommandReader(wire.NewReader(client, limits)), Client: client,
//		Responses: parser.NewReader(wire.NewReader(server, wire.Limits{})), BackEnd: server,
//		Close: func() { client.Close(); server.Close() },
//		Command: func(c *relay.Command) error {
//			if c.Name == "DELETE" {
//				return c.Answer(parser.NO, parser.Code{Name: parser.CodeNoPerm}, "not here")
//			}
//			return nil // handed on as it came
//		},
//	})
//	err := x.Run()
//
// # What it takes care of
//
// Command sees every command, and no octet of a client's reaches the back end but as a part of one that Command has seen: literals are asked
// for end to end, see wire.RelayCommand; tags that are in use are refused, so that no answer is taken for another's; what IDLE and
// AUTHENTICATE read as a line is read as one here too; STARTTLS and COMPRESS, behind which a proxy would be blind, are refused. Responses that nobody wants to look at
// go out as they come, see wire.RelayRun.
package relay
