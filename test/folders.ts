/**
 * The folders of each part of the product, lowest first. A file imports from its own folder and from earlier ones. An
 * entry covers its subfolders, except those with an entry of their own. `''` is the top of the part, without
 * subfolders.
 */
export const folders: Readonly<Record<string, readonly string[]>> = {
  machines: [
    'protocol',
    'protocol/trace',
    'room',
    'membership',
    'call',
    'signaling',
    'media',
    'verification',
    'status',
    '',
  ],
  turn: [
    'stun',
    'common',
    'core',
    'core/methods',
    'net',
    'engine',
    'workers',
    'client',
    'config',
    'coturn',
    '',
    'commands',
  ],
  server: ['common', 'config', 'limits', 'net', 'rooms', 'turn', 'api', 'http', 'ws', 'metrics', ''],
  client: [
    'common',
    'app',
    'media',
    'webrtc',
    'verification',
    'signaling',
    'trace',
    'session',
    'i18n',
    'ui',
    'trace/stately',
    'ui/components',
    'pages/check',
    'pages/diagnostics',
    'pages/statecharts',
    'pages/door',
    'ui/screens',
    '',
  ],
}
