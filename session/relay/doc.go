// Package relay has the mechanisms of a proxy, without a policy. The program decides who may log in to which server,
// and what happens to commands and responses.
//
// A [Front] serves a client until it has logged in, and [Connect] logs a user in to a back end. Then a [Relay]
// forwards commands to the back end, and responses to the client.
//
//	x := relay.New(relay.Config{
//		Commands: parser.NewCommandReader(wire.NewReader(client, limits)), Client: client,
//		Responses: parser.NewReader(wire.NewReader(server, wire.Limits{})), BackEnd: server,
//		Close: func() { client.Close(); server.Close() },
//		Command: func(c *relay.Command) error {
//			if c.Name == "DELETE" {
//				return c.Answer(parser.NO, parser.Code{Name: parser.CodeNoPerm}, "not here")
//			}
//			return nil // the Relay forwards the command unchanged
//		},
//	})
//	err := x.Run()
//
// # What a Relay takes care of
//
// Config.Command gets every command that the Relay does not refuse. An octet of the client reaches the back end only as
// a part of a command that Config.Command has got. To guarantee that, the Relay sends a literal only when the back end
// itself asks for it: see wire.RelayCommand. The Relay refuses tags that are in use, so that an answer cannot be
// mistaken for the answer to another command. It handles the lines of IDLE and AUTHENTICATE, which are not commands. It
// refuses STARTTLS and COMPRESS, because after them a proxy could not read the commands. It does not parse a response
// that the program does not want to see, and forwards it unchanged: see wire.RelayRun. It notices that the client has
// left even while it waits for the back end, unless the client has sent more than 32 KiB in the meantime. A panic in a
// function of the program ends only the connections of that client: see [PanicError].
package relay

// Where things are:
//
//	relay.go      Config and Relay
//	command.go    a client's commands; await waits until the back end accepts a literal, and invite asks the client for it
//	response.go   the back end's responses; continuationArrived wakes await
//	client.go     writing to the client
//	early.go      reading from the client while the Relay waits for the back end
//	panic.go      panics in functions of the program
//	front.go      serving a client until it has logged in
//	back.go       logging in to a back end
