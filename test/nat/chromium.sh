#!/bin/sh
# Chromium in the network namespace NETNS.
exec ip netns exec "$NETNS" /usr/bin/chromium "$@"
