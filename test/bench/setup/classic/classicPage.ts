interface ClassicMessage {
  type: string
  sdp?: string
  candidate?: RTCIceCandidateInit
}

/**
 * The classic sequence of WebRTC's codelab: join the room, get media, notify the peer. Only then create the
 * connection, offer, answer, trickle. The browser receives this class as text, so it has no imports.
 */
export class ClassicPage {
  readonly #main = document.querySelector('main') as HTMLElement
  readonly #socket = new WebSocket(`wss://${location.host}${location.pathname}`)
  readonly #configuration: RTCConfiguration
  readonly #connections: RTCPeerConnection[] = []
  readonly #pendingCandidates: RTCIceCandidateInit[] = []
  #stream: MediaStream | undefined
  #chain: Promise<void> = Promise.resolve()

  constructor(configuration: RTCConfiguration) {
    this.#configuration = configuration
    const join = document.querySelector('button') as HTMLButtonElement
    this.#socket.onopen = () => (join.disabled = false)
    this.#socket.onmessage = ({ data }) => {
      this.#chain = this.#chain.then(() => this.#handleMessage(JSON.parse(data as string) as ClassicMessage))
    }
    join.addEventListener('click', () => this.#send({ type: 'join' }))
  }

  #send(message: ClassicMessage): void {
    this.#socket.send(JSON.stringify(message))
  }

  async #handleMessage(message: ClassicMessage): Promise<void> {
    if (message.type === 'created') await this.#getMedia()
    if (message.type === 'joined') {
      await this.#getMedia()
      this.#send({ type: 'got media' })
    }
    if (message.type === 'got media') await this.#sendOffer()
    if (message.type === 'offer') await this.#sendAnswer(message.sdp ?? '')
    if (message.type === 'answer') await this.#setRemoteDescription({ type: 'answer', sdp: message.sdp ?? '' })
    if (message.type === 'candidate' && message.candidate) await this.#addCandidate(message.candidate)
  }

  async #getMedia(): Promise<void> {
    // The constraints of the product, because a larger picture takes longer to encode and paint.
    const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: 'user' }
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true, video })
    const own = document.querySelector('[data-testid=local-video]') as HTMLVideoElement
    own.srcObject = this.#stream
    this.#main.dataset.membership = 'joined'
  }

  #createConnection(): RTCPeerConnection {
    const connection = new RTCPeerConnection(this.#configuration)
    this.#connections.push(connection)
    connection.onicecandidate = ({ candidate }) =>
      candidate && this.#send({ type: 'candidate', candidate: candidate.toJSON() })
    connection.ontrack = ({ streams: [stream] }) => {
      const remote = document.querySelector('[data-testid=remote-video]') as HTMLVideoElement
      if (remote.srcObject !== stream) remote.srcObject = stream ?? null
    }
    for (const track of this.#stream?.getTracks() ?? []) connection.addTrack(track, this.#stream as MediaStream)
    return connection
  }

  async #sendOffer(): Promise<void> {
    const connection = this.#createConnection()
    await connection.setLocalDescription(await connection.createOffer())
    this.#send({ type: 'offer', sdp: connection.localDescription?.sdp ?? '' })
  }

  async #sendAnswer(sdp: string): Promise<void> {
    const connection = this.#createConnection()
    await this.#setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription(await connection.createAnswer())
    this.#send({ type: 'answer', sdp: connection.localDescription?.sdp ?? '' })
  }

  async #setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    const [connection] = this.#connections
    await connection?.setRemoteDescription(description)
    for (const candidate of this.#pendingCandidates.splice(0)) await connection?.addIceCandidate(candidate)
  }

  async #addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    const [connection] = this.#connections
    if (connection?.remoteDescription) await connection.addIceCandidate(candidate)
    else this.#pendingCandidates.push(candidate)
  }
}
