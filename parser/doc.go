// Package parser is the grammar of IMAP in both directions: it reads and writes the heads of responses and of commands,
// and has a type with Decode and Encode for the data of each (RFC 9051 §7 and §9, RFC 3501, and the registered
// extensions).
//
// # Responses
//
// [Reader.Next] reads the head of a response, "* 12 FETCH", and stops. A program that wants the payload pulls it, from
// [Response.Decoder] or [Response.Fetch]; the reader skips what nobody pulls. So an unknown response does no harm, and
// an extension needs no entry in a table. Status responses are read whole, with their [Code].
//
// A [Fetch] is decoded item by item: numbers and flags at once, everything else when the program asks for it, and
// sections of messages as they arrive from the server.
//
// # Commands
//
// [CommandReader.Next] reads the head of a command, for servers and proxies. The types whose names end in Args read its
// arguments. If a command cannot be read, the error is a [BadCommand], with the tag to answer. A proxy reads heads with
// [CommandReader.NextHead], and sends commands on with [CommandReader.Relay].
//
// # Failure
//
// A value that makes no sense is kept as it came. Wrong grammar, or more than a limit allows, is the error of the method
// that decodes it: an [Error] with the path to the place. The reader still goes to the end of the response. Named rules
// tolerate deviations that servers are known to make, see wire.Rule and the Rule constants; [Response.Used] reports
// which rules were used.
//
// # Ownership
//
// Strings belong to the caller, slices to the reader: a []byte, any other slice and any pointer reached through a value
// of this package is valid until the next response, or command, is read. Clone returns a copy that the caller owns.
package parser
