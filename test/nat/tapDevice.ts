import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { NetworkNamespace } from './networkNamespace.ts'

/**
 * A TAP device in a namespace that exchanges Ethernet frames with this process. Node has no `ioctl` to open one,
 * so a perl script does. Perl is part of every Debian. Frames are prefixed with their length in two bytes.
 */
export class TapDevice {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** @param onFrame receives the frames that the namespace sends through this device */
  static async open(
    { execPrefix: [program, ...args] }: NetworkNamespace,
    device: string,
    onFrame: (frame: Buffer) => void,
  ): Promise<TapDevice> {
    const child = spawn(program, [...args, 'perl', '-e', perlScript, device], { stdio: ['pipe', 'pipe', 'inherit'] })
    const read = createFrameReader(onFrame)
    // An empty first frame signals that the device exists.
    await Promise.race([
      new Promise<void>((resolve) => child.stdout!.on('data', (chunk: Buffer) => (resolve(), read(chunk)))),
      once(child, 'exit').then(([code]) => {
        throw new Error(`TAP device ${device} not created: perl exited with ${code}`)
      }),
    ])
    child.stdin!.on('error', () => undefined)
    return new TapDevice(child)
  }

  /** Sends a frame into the namespace. */
  send(frame: Buffer): void {
    const length = Buffer.allocUnsafe(2)
    length.writeUInt16BE(frame.length)
    this.#child.stdin!.write(Buffer.concat([length, frame]))
  }

  /** Ends the script, which removes the device. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.stdin!.end()
    await exit
  }
}

function createFrameReader(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE()) {
      const end = 2 + rest.readUInt16BE()
      if (end > 2) onFrame(rest.subarray(2, end))
      rest = rest.subarray(end)
    }
  }
}

/**
 * TUNSETIFF with `IFF_TAP | IFF_NO_PI` (linux/if_tun.h).
 * A read of the device returns one frame; a read of the pipe returns any number of bytes.
 */
const perlScript = String.raw`
  open(my $tap, '+<', '/dev/net/tun') or die "tun: $!";
  ioctl($tap, 0x400454ca, pack('Z16 S x22', $ARGV[0], 0x1002)) or die "TUNSETIFF: $!";
  sub put { my $n = 0; while ($n < length $_[0]) { $n += syswrite(STDOUT, $_[0], length($_[0]) - $n, $n) // exit } }
  put(pack('n', 0));
  my $kept = '';
  while (1) {
    my $ready = '';
    vec($ready, fileno($_), 1) = 1 for ($tap, *STDIN);
    select($ready, undef, undef, undef);
    if (vec($ready, fileno($tap), 1) && sysread($tap, my $frame, 65535)) { put(pack('n/a*', $frame)) }
    next unless vec($ready, fileno(STDIN), 1);
    sysread(STDIN, $kept, 65536, length $kept) or exit;
    while (length $kept >= 2 && length $kept >= 2 + unpack('n', $kept)) { syswrite($tap, unpack('n/a*', $kept)); substr($kept, 0, 2 + unpack('n', $kept), '') }
  }
`
