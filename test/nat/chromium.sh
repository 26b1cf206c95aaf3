#!/bin/sh
# Starts the Chromium of $CHROMIUM in the network namespace $NETNS.
exec ip netns exec "$NETNS" "${CHROMIUM:-/usr/bin/chromium}" "$@"
