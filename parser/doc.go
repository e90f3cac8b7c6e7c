// Package parser is the grammar of IMAP, both ways: heads of responses and of commands, and the data in them as types with
// Decode and Encode (RFC 9051 §7 and §9, RFC 3501, and the registered extensions).
//
// # Responses
//
// [Reader.Next] reads the head of a response — "* 12 FETCH" — and stops. Who wants the payload pulls it, from
// [Response.Decoder] or [Response.Fetch]; what nobody pulls is skipped. So what is unknown can break nothing, and an
// extension needs no entry in any table. Status responses are read whole, with their [Code].
//
// A [Fetch] is decoded item by item: numbers and flags at once, everything else when it is asked for, and sections
// of messages as they come from the server.
//
// # Commands
//
// [CommandReader.Next] reads the head of a command, for servers and proxies; the types whose names end in Args read its
// arguments. A command that cannot be read is a [BadCommand], with the tag to answer. A proxy reads heads by
// [CommandReader.NextHead], and hands commands on by [CommandReader.Relay].
//
// # Failure
//
// A value that makes no sense is kept as it came. Grammar that is wrong, or a limit, is the error of who decodes: an [Error]
// with the path to the place; the reader is at the end of the response all the same. Deviations that servers are known to
// make are tolerated by named rules, see wire.Rule and the Rule constants, and told by [Response.Used].
//
// # Ownership
//
// Strings are yours, slices are ours: a []byte, any other slice and any pointer reached through a value of this package is
// valid until the next response, or command, is read. Clone makes a copy that is yours.
package parser
