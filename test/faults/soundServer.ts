import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A separate PulseAudio server with microphones that a test plugs in, unplugs and stalls. All its files are in one
 * folder.
 */
export class SoundServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'duet-sound-'))
  readonly #socket = join(this.#folder, 'pulse.sock')
  readonly #child: ChildProcess
  readonly #modules = new Map<string, string>()

  /** Starts with one default microphone, `Desk`. Resolves when the server answers. */
  static async start(): Promise<SoundServer> {
    const server = new SoundServer()
    await server.#waitUntilReady()
    server.#loadModule('module-null-sink', 'sink_name=air')
    server.plug('Desk')
    server.#runPactl('set-default-source', 'Desk')
    return server
  }

  private constructor() {
    const loads = [`module-native-protocol-unix socket=${this.#socket} auth-anonymous=1`]
    this.#child = spawn(
      'pulseaudio',
      [
        '-n',
        '--system=false',
        '--daemonize=no',
        '--exit-idle-time=-1',
        '--use-pid-file=no',
        '--disable-shm=yes',
        ...loads.flatMap((load) => ['-L', load]),
      ],
      { env: { PATH: process.env.PATH, HOME: this.#folder, XDG_RUNTIME_DIR: this.#folder }, stdio: 'ignore' },
    )
  }

  /** Environment variables that connect a browser to this server. */
  get env(): Record<string, string> {
    return { PULSE_SERVER: `unix:${this.#socket}` }
  }

  /** Plugs in a microphone with this name. */
  plug(name: string): void {
    this.#modules.set(
      name,
      this.#loadModule(
        'module-remap-source',
        'master=air.monitor',
        `source_name=${name}`,
        `source_properties=device.description=${name}`,
      ),
    )
  }

  /** Unplugs a microphone. */
  unplug(name: string): void {
    this.#runPactl('unload-module', this.#modules.get(name) ?? '')
  }

  /** The microphone stays listed but delivers nothing. */
  stall(name: string): void {
    this.#runPactl('suspend-source', name, '1')
  }

  /** Kills the server and removes its folder. */
  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #loadModule(module: string, ...args: string[]): string {
    return this.#runPactl('load-module', module, ...args)
  }

  #runPactl(...words: string[]): string {
    return execFileSync('pactl', words, { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  }

  async #waitUntilReady(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`pulseaudio ended with ${this.#child.exitCode}`)
      try {
        return void this.#runPactl('info')
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
}
