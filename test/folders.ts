/**
 * The folders of each part of the product, lowest first: a file imports from its own folder and from those before it.
 * A folder holds what lies below it, too, but for what has an entry of its own. `''` is the part's top, without the folders in it.
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
  turn: ['stun', 'common', 'core', 'core/methods', 'net', 'workers', 'client', 'config', 'coturn', '', 'commands'],
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
    'ui/screens',
    '',
  ],
}
