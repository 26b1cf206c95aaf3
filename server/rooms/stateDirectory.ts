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
import { minSecretCharacters, Secrets } from '../config/secrets.ts'

/** What an earlier run of the server left to this one. */
export interface PreviousRun {
  rooms: readonly SavedRoom[]
  /** Every epoch that it gave is below this. */
  newestEpoch: number
  /** It ended without leaving its rooms: their holders are known by their signed tokens alone. */
  hasCrashed: boolean
}

/** What outlasts a run of the server. */
export interface PersistentState {
  secrets: Secrets
  /** Takes over what is there, and marks the directory as in use. Once, when the port is ours and before anybody is let in. */
  takeOver(): PreviousRun
  /** Leaves rooms to the next run, and releases the directory. Works once; later calls do nothing. */
  save(rooms: readonly SavedRoom[], newestEpoch: number): void
}

const files = { secret: 'secret', rooms: 'rooms.json', running: 'running.json' }

const roomsSchema = z.object({ version: z.literal(2), epoch: z.int().min(0), rooms: z.array(savedRoom) })
/** `started`: when the process began, in the system's own count, so that another one with the same number is known for what it is. */
const runMarkerSchema = z.object({ pid: z.int(), started: z.string().nullable(), epoch: z.int().min(0) })
type RunMarker = z.infer<typeof runMarkerSchema>

/** More than one run gives to any room. */
const maxEpochsPerRun = 1_000_000

/** @param secrets of `DUET_SECRET`, newest first. @param directory null: nothing is written anywhere. */
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
      `state directory unavailable: ${lost} lost when this server ends; DUET_STATE chooses another directory`,
    )
    return withoutDirectory(new Secrets(secrets))
  }
}

/** With a lasting secret every start may be one after a crash. Without one, no token of an earlier run is known. */
const withoutDirectory = (secrets: Secrets): PersistentState => ({
  secrets,
  takeOver: () => ({ rooms: [], newestEpoch: secrets.isPersistent ? Date.now() : 0, hasCrashed: secrets.isPersistent }),
  save: () => undefined,
})

class WeakSecretError extends Error {}

/** Makes the secret at the first start. Of two servers that start at once, one makes it. */
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
  if (secret.length < minSecretCharacters) {
    throw new WeakSecretError(
      `DUET_STATE: ${path} has fewer than ${minSecretCharacters} characters; remove it, and the next start makes a new one`,
    )
  }
  if ((statSync(path).mode & 0o077) !== 0)
    log.warn({ path }, 'secret readable by other users: chmod 600 keeps it to this one')
  return secret
}

/** A directory that one server at a time uses. */
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
        'state directory in use by another server: rooms are lost when this one ends; DUET_STATE chooses another directory',
      )
      return { rooms: [], newestEpoch: Date.now(), hasCrashed: false }
    }
    const saved = this.#read(files.rooms, roomsSchema)
    const { rooms, epoch: savedEpoch } = saved === null || saved === 'unreadable' ? { rooms: [], epoch: 0 } : saved
    const oldest = before === null || before === 'unreadable' ? 0 : before.epoch + maxEpochsPerRun
    // The wall clock, unless it was set back.
    const epoch = Math.max(Date.now(), savedEpoch + 1, oldest)
    try {
      this.#write(files.running, {
        pid: process.pid,
        started: processStartTime(process.pid),
        epoch,
      } satisfies RunMarker)
      // Before anybody is let in: what is in it is read once.
      rmSync(join(this.#directory, files.rooms), { force: true })
      this.#isOwned = true
    } catch (error) {
      this.#log.warn(
        { directory: this.#directory, reason: (error as Error).message },
        'state directory unavailable: rooms are lost when this server ends; DUET_STATE chooses another directory',
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
      // Last: as long as it is there, this run counts as one that crashed.
      rmSync(join(this.#directory, files.running), { force: true })
      this.#log.info({ rooms: rooms.length }, 'rooms saved')
    } catch (error) {
      this.#log.error(
        { directory: this.#directory, reason: (error as Error).message },
        'rooms not saved: holders come back by their tokens',
      )
    }
  }

  /** Null: there is no such file. */
  #read<T>(name: string, schema: z.ZodType<T>): T | 'unreadable' | null {
    const path = join(this.#directory, name)
    try {
      return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      this.#log.warn(
        { path, reason: (error as Error).message.split('\n')[0] },
        'state file unreadable: going on without it',
      )
      return 'unreadable'
    }
  }

  #write(name: string, content: unknown): void {
    renameSync(writeDraft(this.#directory, name, JSON.stringify(content)), join(this.#directory, name))
  }
}

/** A file that only this user may read, whole on the disk, under a name that nobody looks for. */
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

/** Whether the server that left this mark still runs. A process number alone is given again: in a container to each run of the server. */
function isAlive({ pid, started }: RunMarker): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = processStartTime(pid)
  return now === null || started === null ? pid !== process.pid : now === started
}

/** When a process began, in ticks since the machine did (proc_pid_stat(5), field 22). Null where the system does not say. A zombie has ended. */
function processStartTime(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}
