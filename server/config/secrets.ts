import { hkdfSync, randomBytes } from 'node:crypto'

/** A shorter one could be guessed. In characters. */
export const minSecretCharacters = 16

type KeyPurpose = 'seat token' | 'turn'

/** The server's own secrets. Keys for each purpose are derived from them, so that one that leaks gives no other away. */
export class Secrets {
  readonly #secrets: readonly [Buffer, ...Buffer[]]
  /** True: the next run of the server has the same ones. */
  readonly isPersistent: boolean

  /** @param secrets newest first; without any, one is made up for this run of the server */
  constructor(secrets: readonly string[] = []) {
    const [newest = randomBytes(32), ...older] = secrets.map((text) => Buffer.from(text))
    this.#secrets = [newest, ...older]
    this.isPersistent = secrets.length > 0
  }

  /** A key of 256 bits from each secret, newest first (HKDF with SHA-256, RFC 5869). */
  deriveKeys(purpose: KeyPurpose): readonly [Buffer, ...Buffer[]] {
    const [newest, ...older] = this.#secrets
    const derive = (secret: Buffer): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `duet ${purpose}`, 32))
    return [derive(newest), ...older.map(derive)]
  }
}
