#!/bin/sh
# Starts $PROGRAM in the network namespace $NETNS.
exec ip netns exec "$NETNS" "$PROGRAM" "$@"
