import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Log } from '../common/log.ts'
import { savedRoom, type SavedRoom } from './savedRooms.ts'
import { minSecretChars } from '../../turn/index.ts'
import { Secrets } from '../config/secrets.ts'

/** The state that the previous run of the server saved. */
export interface PreviousRun {
  rooms: readonly SavedRoom[]
  /** An upper limit of the epochs that earlier runs assigned. */
  newestEpoch: number
  /** True if it ended without saving its rooms. Only signed tokens identify their holders then. */
  hasCrashed: boolean
}

/** State that survives a restart of the server. */
export interface PersistentState {
  secrets: Secrets
  /** Reads the saved state and marks the directory as in use. Call it once, after `listen` and before any join. */
  takeOver(): PreviousRun
  /** Saves the rooms for the next run and releases the directory. Later calls do nothing. */
  save(rooms: readonly SavedRoom[], newestEpoch: number): void
}

const files = { secret: 'secret', rooms: 'rooms.json', running: 'running.json' }

const roomsSchema = z.object({ version: z.literal(2), epoch: z.int().min(0), rooms: z.array(savedRoom) })
/** `started`: start time of the process in system ticks. It distinguishes a later process with the same pid. */
const runMarkerSchema = z.object({ pid: z.int(), started: z.string().nullable(), epoch: z.int().min(0) })
type RunMarker = z.infer<typeof runMarkerSchema>

/** An upper limit of the epochs that one run assigns in a room. */
const maxEpochsPerRun = 1_000_000

/**
 * Opens the state directory. If it is unavailable, logs a warning and keeps the state in memory only.
 * @param secrets values of `DUET_SECRET`, newest first
 * @param directory null disables persistence
 * @throws {Error} if the secret file is too short
 */
export function openStateDirectory(
  { secrets, directory }: { secrets: readonly string[]; directory: string | null },
  log: Log,
): PersistentState {
  if (directory === null) return withoutDirectory(new Secrets(secrets))
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return new StateDirectory(directory, new Secrets(secrets.length > 0 ? secrets : [readSecret(directory, log)]), log)
  } catch (error) {
    if (error instanceof WeakSecretError) throw error
    const lost = secrets.length > 0 ? 'rooms are' : 'seats, rooms and relay credentials are'
    log.warn(
      { directory, reason: (error as Error).message },
      `state directory unavailable: ${lost} lost when this server ends. Set DUET_STATE to another directory.`,
    )
    return withoutDirectory(new Secrets(secrets))
  }
}

/** With a persistent secret, every start counts as a start after a crash. Without one, earlier tokens are invalid. */
const withoutDirectory = (secrets: Secrets): PersistentState => ({
  secrets,
  takeOver: () => ({ rooms: [], newestEpoch: secrets.isPersistent ? Date.now() : 0, hasCrashed: secrets.isPersistent }),
  save: () => undefined,
})

class WeakSecretError extends Error {}

/** Reads the secret of a state directory. Returns null if it does not exist, or if this user may not read it. */
export function readSecretIfPresent(directory: string): string | null {
  try {
    return readFileSync(join(directory, files.secret), 'utf8').trim()
  } catch {
    return null
  }
}

/** Reads the secret; creates it at the first start. If two servers start at once, only one creates it. */
function readSecret(directory: string, log: Log): string {
  const path = join(directory, files.secret)
  if (!existsSync(path)) {
    const draft = writeDraft(directory, files.secret, `${randomBytes(32).toString('base64url')}\n`)
    try {
      linkSync(draft, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft, { force: true })
    }
  }
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < minSecretChars) {
    throw new WeakSecretError(
      `DUET_STATE: ${path} has fewer than ${minSecretChars} characters. Remove it; the next start creates a new one.`,
    )
  }
  if ((statSync(path).mode & 0o077) !== 0) log.warn({ path }, 'secret readable by other users: run chmod 600 on it')
  return secret
}

/** A state directory, which one server at a time uses. */
class StateDirectory implements PersistentState {
  readonly secrets: Secrets
  readonly #directory: string
  readonly #log: Log
  #isOwned = false

  constructor(directory: string, secrets: Secrets, log: Log) {
    this.#directory = directory
    this.secrets = secrets
    this.#log = log
  }

  takeOver(): PreviousRun {
    const before = this.#read(files.running, runMarkerSchema)
    if (before !== null && before !== 'unreadable' && isAlive(before)) {
      this.#log.warn(
        { directory: this.#directory, pid: before.pid },
        'state directory in use by another server: rooms are lost when this server ends. Set DUET_STATE to another directory.',
      )
      return { rooms: [], newestEpoch: Date.now(), hasCrashed: false }
    }
    const saved = this.#read(files.rooms, roomsSchema)
    const { rooms, epoch: savedEpoch } = saved === null || saved === 'unreadable' ? { rooms: [], epoch: 0 } : saved
    const oldest = before === null || before === 'unreadable' ? 0 : before.epoch + maxEpochsPerRun
    // The wall clock may have been set back.
    const epoch = Math.max(Date.now(), savedEpoch + 1, oldest)
    try {
      this.#write(files.running, {
        pid: process.pid,
        started: processStartTime(process.pid),
        epoch,
      } satisfies RunMarker)
      // The file is removed before any join, so its rooms are restored only once.
      rmSync(join(this.#directory, files.rooms), { force: true })
      this.#isOwned = true
    } catch (error) {
      this.#log.warn(
        { directory: this.#directory, reason: (error as Error).message },
        'state directory unavailable: rooms are lost when this server ends. Set DUET_STATE to another directory.',
      )
      return { rooms: [], newestEpoch: epoch, hasCrashed: true }
    }
    return { rooms, newestEpoch: epoch, hasCrashed: saved === 'unreadable' || (saved === null && before !== null) }
  }

  save(rooms: readonly SavedRoom[], newestEpoch: number): void {
    if (!this.#isOwned) return
    this.#isOwned = false
    try {
      this.#write(files.rooms, { version: 2, epoch: newestEpoch, rooms })
      // Removed last: while this file exists, the run counts as crashed.
      rmSync(join(this.#directory, files.running), { force: true })
      this.#log.info({ rooms: rooms.length }, 'rooms saved')
    } catch (error) {
      this.#log.error(
        { directory: this.#directory, reason: (error as Error).message },
        'failed to save rooms: holders return with their tokens',
      )
    }
  }

  /** Returns null if the file does not exist. */
  #read<T>(name: string, schema: z.ZodType<T>): T | 'unreadable' | null {
    const path = join(this.#directory, name)
    try {
      return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      this.#log.warn({ path, reason: (error as Error).message.split('\n')[0] }, 'state file unreadable: ignored')
      return 'unreadable'
    }
  }

  #write(name: string, content: unknown): void {
    renameSync(writeDraft(this.#directory, name, JSON.stringify(content)), join(this.#directory, name))
  }
}

/** Writes and syncs a file under a temporary name, readable by this user only. Returns its path. */
function writeDraft(directory: string, name: string, text: string): string {
  const path = join(directory, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`)
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  return path
}

/** True if the server that wrote this marker still runs. Pids are reused: in a container every run has the same pid. */
function isAlive({ pid, started }: RunMarker): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = processStartTime(pid)
  return now === null || started === null ? pid !== process.pid : now === started
}

/**
 * Start time of a process in ticks since boot (proc_pid_stat(5), field 22); `ended` for a zombie.
 * Null on a system without /proc.
 */
function processStartTime(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}
