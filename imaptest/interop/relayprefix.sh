#!/usr/bin/env bash
# relayprefix.sh start|stop DIR ENV: relay.sh with a prefix, so that every mailbox name that passes is changed.
PREFIX=Prefixed/ exec "$(dirname "$0")/relay.sh" "$@"
