import { hkdfSync, randomBytes } from 'node:crypto'

type KeyPurpose = 'seat token' | 'turn' | 'room key'

/** The server's secrets. Each purpose has its own derived key, so a leaked key does not reveal the others. */
export class Secrets {
  readonly #secrets: readonly [Buffer, ...Buffer[]]
  /** True if the next run of the server has the same secrets. */
  readonly isPersistent: boolean

  /** @param secrets newest first; if empty, a random secret is generated for this run of the server */
  constructor(secrets: readonly string[] = []) {
    const [newest = randomBytes(32), ...older] = secrets.map((text) => Buffer.from(text))
    this.#secrets = [newest, ...older]
    this.isPersistent = secrets.length > 0
  }

  /** Derives a 256-bit key from each secret, newest first (HKDF with SHA-256, RFC 5869). */
  deriveKeys(purpose: KeyPurpose): readonly [Buffer, ...Buffer[]] {
    const [newest, ...older] = this.#secrets
    const derive = (secret: Buffer): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `duet ${purpose}`, 32))
    return [derive(newest), ...older.map(derive)]
  }
}

/** The secrets of the embedded TURN server without `DUET_TURN_SECRET`, newest first. */
export const deriveTurnSecrets = (secrets: Secrets): string[] =>
  secrets.deriveKeys('turn').map((key) => key.toString('base64url'))
