/**
 * Lets the browser start what it starts for a page's first call, while the page waits in the lobby: the first
 * RTCPeerConnection and its offer take 20 to 30 ms, the next 5.
 */
export async function warmUp(): Promise<void> {
  const pc = new RTCPeerConnection()
  try {
    for (const kind of ['audio', 'video']) pc.addTransceiver(kind)
    await pc.createOffer()
  } finally {
    pc.close()
  }
}
