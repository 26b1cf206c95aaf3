#!/bin/sh
# CHROMIUM in the network namespace NETNS.
exec ip netns exec "$NETNS" "$CHROMIUM" "$@"
