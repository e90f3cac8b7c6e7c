#!/usr/bin/env bash
# relayprefix.sh start|stop DIR ENV: relay.sh with a prefix, so that every name of a mailbox that passes is exchanged.
PREFIX=Prefixed/ exec "$(dirname "$0")/relay.sh" "$@"
