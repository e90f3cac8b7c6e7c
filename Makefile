GO ?= go
FUZZTIME ?= 30s

.PHONY: help demo test race check fuzz bench cover interop

help:
	@echo 'make demo     read a mailbox of a server in memory'
	@echo 'make test     run every test that needs nothing but Go'
	@echo 'make race     the same under the race detector'
	@echo 'make check    formatting, vet, and the rules of the project'
	@echo 'make interop  try the client on Dovecot and Cyrus, and the server with real clients (Debian)'
	@echo 'make fuzz     run each fuzz target for FUZZTIME ($(FUZZTIME))'
	@echo 'make bench    compare with other libraries'
	@echo 'make cover    write coverage to cover.out'

demo:
	$(GO) run ./docs/examples/inbox

test:
	$(GO) test ./...
	@[ -n "$$IMAPSTACK_DOVECOT" ] || echo 'SKIPPED: the tests on real servers; "make interop" installs Dovecot and Cyrus (Debian) and runs them'

race:
	$(GO) test -race ./...

check:
	@out=$$(gofmt -s -l .); if [ -n "$$out" ]; then echo "gofmt -s would change:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	cd docs/bench && $(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) test -count=1 -run 'Rule' ./imaptest

interop:
	./imaptest/interop/run.sh

fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench:
	cd docs/bench && $(GO) run .

cover:
	$(GO) test -coverprofile=cover.out -coverpkg=./... ./...
	$(GO) tool cover -func=cover.out | tail -1
