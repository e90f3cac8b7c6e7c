// Package displaysafe makes untrusted text safe to print on a terminal or into a log. The text of a server or a sender
// can then not move the cursor, begin a line, or change the direction of the text next to it.
//
//	fmt.Println("subject:", displaysafe.Line(subject))
//
// The result is for reading only. To send text back to a server, or to compare it, use the original.
package displaysafe
