// Package content sorts the parts of a message as a person thinks of them (the text to show and its alternatives, pictures shown within it,
// attachments) and downloads one of them, decoded.
//
//	for m, err := range content.Messages(ctx, s, uids) {
//		if err != nil { … }
//		for _, p := range m.Parts.Attachments {
//			fmt.Println(m.Subject, m.Sent, p.Name, p.SafeName(), p.Size)
//		}
//	}
//	way, err := content.Download(ctx, s, uid, part, file)   // the octets that were attached
//	text, err := content.ReadText(ctx, s, uid, part, 1<<20) // in UTF-8
//	err = content.ReadWhole(ctx, s, uid, f)                 // all of the message, as it was written
//
// Nothing here sets \Seen, and nothing is held whole that can be streamed. A part is downloaded by BINARY (RFC 3516) where the server has
// it and can undo the encoding, else its encoding is undone here; each download tells which way it went. Text is converted to UTF-8 only
// where that is asked for, and an attachment never.
//
// What a function returns is the caller's. Names and texts are the sender's, who may be an enemy: see [Part.SafeName], and
// utils/displaysafe for showing them.
package content
