// Package content sorts the parts of a message as a person thinks of them: the text to show and its alternatives,
// pictures within the text, and attachments. It downloads parts and decodes them.
//
//	for m, err := range content.Messages(ctx, s, uids) {
//		if err != nil { … }
//		for _, p := range m.Parts.Attachments {
//			fmt.Println(m.Subject, m.Sent, p.Name, p.SafeName(), p.Size)
//		}
//	}
//	way, err := content.Download(ctx, s, uid, part, file)   // the octets that were attached
//	text, err := content.ReadText(ctx, s, uid, part, 1<<20) // in UTF-8, at most a megabyte
//	err = content.ReadWhole(ctx, s, uid, f)                 // the whole message, as it was written
//
// No function sets \Seen. Only ReadText holds a part in memory; the others stream. If the server offers BINARY (RFC
// 3516) and can decode the transfer encoding of a part, the server decodes the part; otherwise the package does, if
// it knows the encoding. The result of a download says whether the server has decoded the part. Text is converted to
// UTF-8 only on request. Attachments are never converted.
//
// The caller owns what a function returns. Names and texts come from the sender, who may be hostile. Use
// [Part.SafeName] for file names, and utils/displaysafe to show text.
package content
