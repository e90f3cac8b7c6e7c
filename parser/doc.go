// Package parser implements the grammar of IMAP in both directions. It reads and writes the heads of responses and
// commands. It has a type with the methods Decode and Encode for the data of each response and for the arguments of
// each command (RFC 9051 §7 and §9, RFC 3501, and the registered extensions).
//
// # Responses
//
// [Reader.Next] reads the head of a response, such as "* 12 FETCH", and stops. A program that wants the payload calls
// [Response.Decoder] or [Response.Fetch]. The reader skips payloads that the program does not read. So an unknown
// response is not an error, and the response of an extension needs no entry in a table. Next reads status responses
// whole, with their [Code].
//
// A [Fetch] is decoded item by item. [Response.Fetch] decodes numbers, flags, ENVELOPE and BODYSTRUCTURE. A program
// reads sections of messages as they arrive from the server. All other items are decoded when the program asks for
// them.
//
// # Commands
//
// [CommandReader.Next] reads the head of a command, for servers and proxies. The types whose names end in Args read
// its arguments. If a command cannot be read, the error is a [BadCommand], which has the tag for the response. A
// proxy reads heads with [CommandReader.NextHead], and passes commands on with [CommandReader.Relay].
//
// With [CommandReader.OnLiteral], a program sets the function that accepts or refuses each literal before the
// client sends it. The reader itself refuses a literal over wire.Limits.Literal.
//
// # Failure
//
// A value of a kind that this package does not know is kept undecoded. If a value breaks the grammar or exceeds a
// limit, the method that decodes it returns an error. The [Error] has the path of the value. The reader still finds the
// end of the response. Rules tolerate the deviations that servers are known to make; see wire.Rule and the Rule
// constants. [Response.Used] reports which rules were used.
//
// # Ownership
//
// Strings belong to the caller, slices to the reader. A []byte, any other slice and any pointer that is reached
// through a value of this package is valid until the next response or command is read. Clone returns a copy that
// the caller owns.
package parser

// Where things are:
//
//	reader.go, response.go, status.go  the heads of responses
//	command.go                         the heads of commands
//	commandliteral.go                  accepting and refusing a client's literal
//	*args.go, searchkey*.go            the arguments of commands; cmdtable.go has the names of the commands
//	fetch.go, fetch*.go                FETCH; fetchdecoder.go reads its items
//	flag.go, flagcache.go              flags: how they are decoded, and a cache of decoded lists
//	envelope*.go, address.go, body*.go  ENVELOPE and BODYSTRUCTURE
//	code.go                            a constant for each response code
//	codeargs.go                        a method of Code for the arguments of each code
//	codecheck.go                       a table of the forms that the arguments must have
//	codemake.go                        functions with which servers make codes
//	rule*.go                           the rules that tolerate deviations
//	*plain.go                          fast reading of the form that nearly every server sends
//	*odd.go, invalid.go                reading of deviations and of malformed values
//	quota.go, list.go and so on        the response with that name, and its types
