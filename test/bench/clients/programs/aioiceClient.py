"""Two clients of aioice exchange numbered messages through both relays. See ../contract.ts."""

import asyncio
import json
import ssl
import sys

from aioice.turn import create_turn_endpoint

transport_name, host, port, username, password, messages, interval_ms = sys.argv[1:8]


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


class Counter(asyncio.DatagramProtocol):
    received = 0

    def datagram_received(self, data, addr):
        # Number 0 only installs the permission.
        if int.from_bytes(data[:4], "big") > 0:
            self.received += 1


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def allocate(protocol):
    return await create_turn_endpoint(
        protocol,
        server_addr=(host, int(port)),
        username=username,
        password=password,
        ssl=tls_context() if transport_name == "tls" else False,
        transport="udp" if transport_name == "udp" else "tcp",
    )


async def main():
    near, counter = await allocate(Counter)
    far, _ = await allocate(Echo)
    near_addr, far_addr = near.get_extra_info("sockname"), far.get_extra_info("sockname")
    for sender, receiver in ((near, far_addr), (far, near_addr)):
        sender.sendto(bytes(4), receiver)
    # The channel bindings of the first packets take a moment.
    await asyncio.sleep(0.5)
    for number in range(1, int(messages) + 1):
        near.sendto(number.to_bytes(4, "big") + bytes(196), far_addr)
        await asyncio.sleep(int(interval_ms) / 1000)
    await asyncio.sleep(0.5)
    print(json.dumps({"sent": int(messages), "received": counter.received}), flush=True)
    near.close()
    far.close()
    await asyncio.sleep(0.2)


asyncio.run(main())
