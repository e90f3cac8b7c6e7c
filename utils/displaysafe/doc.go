// Package displaysafe makes untrusted text safe for a terminal or a log. Text from a server or a sender then cannot
// move the cursor, begin a line, or change the direction of the text next to it.
//
//	fmt.Println("subject:", displaysafe.Line(subject))
//
// The result is for display only. To send text back to a server, or to compare it, use the original.
package displaysafe
