module github.com/imapstack/imapstack/docs/examples/gomessage

go 1.26.0

require (
	github.com/emersion/go-message v0.18.2
	github.com/imapstack/imapstack v0.0.0
)

require (
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/imapstack/imapstack => ../../..
