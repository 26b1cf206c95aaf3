import { limits } from '../../../machines/protocol/limits.ts'
import { newJoinKey, offer } from '../testClient.ts'

/** The most expensive frames per byte. Each has nearly the maximum length. */

const joinKey = newJoinKey()

/** Repeats a piece until the frame is full. A comma at the end of the last piece is dropped. */
function fill(head: string, piece: (n: number) => string, tail: string, length: number = limits.frameBytes): string {
  let body = ''
  for (let n = 0; head.length + body.length + piece(n).length + tail.length <= length; n++) body += piece(n)
  return head + body.replace(/,$/, '') + tail
}

const call = (path: string, method: string, input: string): string =>
  `{"id":1,"method":"${method}","params":{"path":"${path}","input":${input}}}`
const visitHead = `{"id":1,"method":"subscription","params":{"path":"room.join","input":`
const sayHead = `{"id":1,"method":"mutation","params":{"path":"room.send","input":{"room":"a","seq":1,"message":`
const resumeHead = '{"id":1,"method":"subscription","params":{"path":"room.join","lastEventId":"a.1","input":'
const freshKey = (n: number): string => `"${n.toString(36)}":0,`
const candidateOf = (text: string): string =>
  `${sayHead}{"type":"candidate","connection":"a1.1","candidate":{"candidate":"${text}","sdpMid":null,"sdpMLineIndex":null,"usernameFragment":null}}}}}`
const ten = (make: (id: number) => string): string => `[${Array.from({ length: 10 }, (_, id) => make(id)).join(',')}]`
const lineHead = '{"atMs":1,"place":"here","machine":"call","event":"a","state":"a","fields":{'

/** The frames, by name. */
export const worstCaseFrames: Record<string, string> = {
  'a string as input, and a last event': `${resumeHead}"${'x'.repeat(65_000)}"}}`,
  'a list as input, and a last event': fill(`${resumeHead}[`, () => '0,', ']}}'),
  'an input with thousands of keys, and a last event': fill(`${resumeHead}{`, freshKey, '}}}'),
  'ten strings as inputs, and last events': ten(
    (id) =>
      `{"id":${id},"method":"subscription","params":{"path":"room.join","lastEventId":"a.1","input":"${'x'.repeat(6_300)}"}}`,
  ),
  'a join with thousands of unknown keys': fill(`${visitHead}{"room":"a","joinKey":"${joinKey}",`, freshKey, '}}}'),
  'a join with the maximum number of unknown keys': fill(
    `${visitHead}{"room":"a","joinKey":"${joinKey}",`,
    (n) => `"${n.toString(36).padStart(27, 'x')}":0,`,
    '}}}',
  ),
  'keys that look like indexes': fill(
    `${visitHead}{"room":"a","joinKey":"${joinKey}",`,
    (n) => `"${16_777_216 + n * 1_048_576}":0,`,
    '}}}',
  ),
  'keys whose hashes collide': fill(
    `${visitHead}{"room":"a","joinKey":"${joinKey}",`,
    (n) => `"${(n * 16_777_216) % 4_294_967_295}":0,`,
    '}}}',
  ),
  'one key thousands of times': fill(`${visitHead}{`, () => '"room":0,', '}}}'),
  'prototypes thousands of times': fill(`${visitHead}{`, () => '"__proto__":{},', '}}}'),
  'a message with thousands of unknown keys': fill(`${sayHead}{"type":"hangup",`, freshKey, '}}}}'),
  'a message whose type is an object': fill(`${sayHead}{"type":{`, freshKey, '}}}}}'),
  'a trace of thousands of numbers': fill(
    `${sayHead}{"type":"trace.entries","sentAtMs":1,"entries":[`,
    () => '0,',
    ']}}}}',
  ),
  'a trace of thousands of objects': fill(
    `${sayHead}{"type":"trace.entries","sentAtMs":1,"entries":[`,
    () => '{},',
    ']}}}}',
  ),
  'a trace of two thousand objects': fill(
    `${sayHead}{"type":"trace.entries","sentAtMs":1,"entries":[`,
    () => `{"atMs":"${'x'.repeat(20)}"},`,
    ']}}}}',
  ),
  'a trace entry with thousands of fields': fill(
    `${sayHead}{"type":"trace.entries","sentAtMs":1,"entries":[${lineHead}`,
    freshKey,
    '}}]}}}}',
  ),
  'a room name of 10,000 composed letters': call(
    'room.join',
    'subscription',
    `{"joinKey":"${joinKey}","room":"${'\\u0958'.repeat(10_000)}"}`,
  ),
  'a room name that grows eighteenfold': call(
    'room.join',
    'subscription',
    `{"joinKey":"${joinKey}","room":"${'\\uFDFA'.repeat(256)}"}`,
  ),
  'a room name of blanks': call('room.join', 'subscription', `{"joinKey":"${joinKey}","room":"${' '.repeat(65_000)}"}`),
  'a room name of dashes': call('room.join', 'subscription', `{"joinKey":"${joinKey}","room":"${' -'.repeat(128)}"}`),
  'a description of line ends': `${sayHead}{"type":"offer","connection":"a1.1","negotiation":1,"sdp":"v=0${'\\n'.repeat(32_000)}"}}}}`,
  'a description of 31,000 characters': call(
    'room.send',
    'mutation',
    JSON.stringify({ room: 'a', seq: 1, message: { ...offer('a1.1'), sdp: `v=0${'x'.repeat(31_000)}` } }),
  ),
  'a candidate of blanks': candidateOf(' '.repeat(65_000)),
  'a candidate with an IPv4 address of 60,000 characters': candidateOf(
    `candidate:1 1 udp 1 ${'1.'.repeat(30_000)} 5 typ host`,
  ),
  'a candidate with an IPv6 address of 60,000 characters': candidateOf(
    `candidate:1 1 udp 1 ${'1:'.repeat(30_000)} 5 typ host`,
  ),
  'a path of 64,000 characters': `{"id":1,"method":"query","params":{"path":"${'a.'.repeat(32_000)}"}}`,
  'ten paths of 6,400 characters': ten(
    (id) => `{"id":${id},"method":"query","params":{"path":"${'a.'.repeat(3_200)}"}}`,
  ),
  'an id of 65,000 characters': `{"id":"${'x'.repeat(65_000)}","method":"query","params":{"path":"ice.servers"}}`,
  'a connection name of 65,000 characters': `${sayHead}{"type":"offer","connection":"a${'1'.repeat(65_000)}","negotiation":1,"sdp":"v=0"}}}}`,
  'a number of 65,000 digits': `{"id":1,"method":"mutation","params":{"path":"room.send","input":{"seq":${'9'.repeat(65_000)}}}}`,
  'a fraction of 65,000 digits': `{"id":1,"method":"mutation","params":{"path":"room.send","input":{"seq":0.${'1'.repeat(65_000)}}}}`,
  'thousands of numbers': fill('[', () => '1.7976931348623157e308,', ']'),
  commas: ','.repeat(limits.frameBytes),
  'thousands of zeros': fill('[', () => '0,', ']'),
  'thousands of requests': fill('[', () => '{"id":1},', ']'),
  'two thousand requests': fill('[', (n) => `{"id":${n},"x":"${'x'.repeat(15)}"},`, ']'),
  'deep lists': '['.repeat(32_000) + ']'.repeat(32_000),
  'deep objects': `${'{"a":'.repeat(10_900)}1${'}'.repeat(10_900)}`,
  'a deep input': call('room.join', 'subscription', '['.repeat(32_000) + ']'.repeat(32_000)),
  'a deep message': `${sayHead}${'{"type":'.repeat(7_000)}1${'}'.repeat(7_000)}}}}`,
  'escaped zeros': call('room.join', 'subscription', `{"room":"${'\\u0000'.repeat(10_800)}"}`),
  'an input for a query without one': fill(
    '{"id":1,"method":"query","params":{"path":"ice.servers","input":[',
    () => '0,',
    ']}}',
  ),
  'ten requests with hundreds of unknown keys': ten(
    (id) =>
      `{"id":${id},"method":"mutation","params":{"path":"room.send","input":{"room":"a",${Array.from({ length: 190 }, (_, n) => `"${(id * 1_000 + n).toString(36)}":0`).join(',')}}}}`,
  ),
  'half a frame': `{"id":1,"method":"query","params":{"path":"${'x'.repeat(65_000)}`,
}
