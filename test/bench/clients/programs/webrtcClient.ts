import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** Two relayed peer connections of a WebRTC library for Node exchange numbered messages. See ../contract.ts. */
const [folder = '', module = '', transport = '', host = '', port = '', username = '', credential = '', ...numbers] =
  process.argv.slice(2)
const [messages = 0, intervalMs = 0] = numbers.map(Number)
const connectTimeoutMs = 20_000

/** node-datachannel puts credentials into a URL without escaping them, and its native part decodes the URL. */
const escape = module.startsWith('node-datachannel') ? encodeURIComponent : String

type WebRtc = { RTCPeerConnection: typeof RTCPeerConnection }

async function load(): Promise<WebRtc> {
  const file = createRequire(join(folder, 'package.json')).resolve(module)
  const found = (await import(pathToFileURL(file).href)) as WebRtc & { default?: WebRtc }
  return found.RTCPeerConnection ? found : found.default!
}

async function connect({ RTCPeerConnection }: WebRtc): Promise<{ near: RTCDataChannel; far: RTCDataChannel }> {
  const scheme = transport === 'tls' ? 'turns' : 'turn'
  const urls = `${scheme}:${host}:${port}?transport=${transport === 'udp' ? 'udp' : 'tcp'}`
  const options: RTCConfiguration = {
    iceServers: [{ urls, username: escape(username), credential: escape(credential) }],
    iceTransportPolicy: 'relay',
  }
  const [caller, callee] = [new RTCPeerConnection(options), new RTCPeerConnection(options)]
  const near = caller.createDataChannel('exchange')
  const far = new Promise<RTCDataChannel>((resolve) =>
    callee.addEventListener('datachannel', ({ channel }) => resolve(channel)),
  )
  const isOpen = new Promise((resolve) => near.addEventListener('open', resolve))
  await caller.setLocalDescription(await caller.createOffer())
  await callee.setRemoteDescription(await gather(caller))
  await callee.setLocalDescription(await callee.createAnswer())
  await caller.setRemoteDescription(await gather(callee))
  await isOpen
  return { near, far: await far }
}

/** Waits for all candidates, so that the description holds them. */
async function gather(connection: RTCPeerConnection): Promise<RTCSessionDescription> {
  while (connection.iceGatheringState !== 'complete')
    await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }))
  return connection.localDescription!
}

async function exchange({ near, far }: { near: RTCDataChannel; far: RTCDataChannel }): Promise<number> {
  let received = 0
  far.addEventListener('message', ({ data }) => far.send(data as string))
  near.addEventListener('message', () => void received++)
  for (let number = 1; number <= messages; number++) {
    near.send(String(number).padStart(200, '0'))
    await pause(intervalMs)
  }
  await pause(500)
  return received
}

const timeout = setTimeout(() => {
  console.error(`no connection within ${connectTimeoutMs / 1000} s`)
  process.exit(1)
}, connectTimeoutMs)
const channels = await connect(await load())
clearTimeout(timeout)
console.log(JSON.stringify({ sent: messages, received: await exchange(channels) }))
// Both libraries keep threads that would delay the exit.
process.exit(0)
