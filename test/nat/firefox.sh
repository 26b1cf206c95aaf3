#!/bin/sh
# Starts Firefox in the network namespace $NETNS.
exec ip netns exec "$NETNS" /usr/bin/firefox-esr "$@"
