// Package content sorts the parts of a message as a person thinks of them (the text to show and its alternatives,
// pictures shown within it, attachments), and downloads parts, decoded.
//
//	for m, err := range content.Messages(ctx, s, uids) {
//		if err != nil { … }
//		for _, p := range m.Parts.Attachments {
//			fmt.Println(m.Subject, m.Sent, p.Name, p.SafeName(), p.Size)
//		}
//	}
//	way, err := content.Download(ctx, s, uid, part, file)   // the octets that were attached
//	text, err := content.ReadText(ctx, s, uid, part, 1<<20) // in UTF-8
//	err = content.ReadWhole(ctx, s, uid, f)                 // the whole message, as it was written
//
// No function sets \Seen, or holds whole what it can stream. A part is downloaded by BINARY (RFC 3516) if the server
// offers it and can decode the transfer encoding; otherwise the package decodes it. Each download returns which way it
// went. Text is converted to UTF-8 only on request, and an attachment never.
//
// What a function returns is the caller's. Names and texts come from the sender, who may be an enemy: see
// [Part.SafeName], and utils/displaysafe for showing them.
package content
