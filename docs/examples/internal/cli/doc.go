// Package cli is what the example programs have in common: an account from a URL, passwords from where people keep them, and a progress bar.
package cli
