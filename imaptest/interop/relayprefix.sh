#!/usr/bin/env bash
# relayprefix.sh start|stop DIR ENV: like relay.sh, but the proxy adds a prefix to every mailbox name.
PREFIX=Prefixed/ exec "$(dirname "$0")/relay.sh" "$@"
