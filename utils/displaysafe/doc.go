// Package displaysafe makes untrusted text safe to print at a terminal or into a log. The text of a server or a sender can then
// neither move the cursor, nor begin a line, nor turn the direction of the text next to it.
//
//	fmt.Println("subject:", displaysafe.Line(subject))
//
// It is for reading only. To send text back to a server, or to compare it, use it as it came.
package displaysafe
