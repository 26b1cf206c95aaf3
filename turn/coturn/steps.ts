import type { CoturnOptions } from './config.ts'

/** Returns the manual setup steps, as comments to append to the configuration. */
export function createSetupSteps({ settings, tls, logFile }: CoturnOptions): string {
  const {
    options: { port, relayPorts },
    tlsPort,
  } = settings
  const streams = [port, ...(tls ? [tlsPort] : [])]
  const folder = logFile.slice(0, logFile.lastIndexOf('/'))
  return (
    [
      '',
      '--- Install and enable (Debian, Ubuntu; as root)',
      'apt-get install coturn',
      'npm run --silent turn -- coturn > /etc/turnserver.conf   # this output',
      'chgrp turnserver /etc/turnserver.conf && chmod 640 /etc/turnserver.conf',
      `install -d -o turnserver -g turnserver ${folder}`,
      `sed -i 's/^#*TURNSERVER_ENABLED=.*/TURNSERVER_ENABLED=1/' /etc/default/coturn`,
      ...(tls
        ? [`setfacl -m u:turnserver:r ${tls.cert} ${tls.key}   # coturn does not run as root; repeat at each renewal`]
        : []),
      ...(Math.min(...streams) < 1024
        ? [
            'mkdir -p /etc/systemd/system/coturn.service.d',
            `printf '[Service]\\nAmbientCapabilities=CAP_NET_BIND_SERVICE\\n' > /etc/systemd/system/coturn.service.d/ports.conf   # ports below 1024`,
            'systemctl daemon-reload',
          ]
        : []),
      'systemctl enable coturn && systemctl restart coturn',
      '',
      '--- Firewall: nft, in a table inet filter with a chain input',
      `nft add rule inet filter input udp dport { ${port}, ${relayPorts.join('-')} } accept`,
      `nft add rule inet filter input tcp dport { ${streams.join(', ')} } accept`,
      '',
      '--- Firewall: ufw',
      `ufw allow ${port}/udp`,
      ...streams.map((stream) => `ufw allow ${stream}/tcp`),
      `ufw allow ${relayPorts.join(':')}/udp`,
      '',
      '--- Start Duet with',
      ...formatDuetSettings(settings, tls !== undefined),
    ]
      .map((line) => `# ${line}`.trimEnd())
      .join('\n') + '\n'
  )
}

function formatDuetSettings({ options, tlsPort, isSecretRandom }: CoturnOptions['settings'], isTls: boolean): string[] {
  const host = options.realm.includes('.')
    ? options.realm
    : (options.externalIp?.split(/[/,]/)[0] ?? options.host ?? 'turn.example.org')
  const name = host.includes(':') ? `[${host}]` : host
  const urls = [
    `turn:${name}:${options.port}?transport=udp`,
    `turn:${name}:${options.port}?transport=tcp`,
    ...(isTls ? [`turns:${name}:${tlsPort}?transport=tcp`] : []),
  ]
  const isListed = options.users && isSecretRandom
  return [
    isListed
      ? '(Duet creates REST credentials: set DUET_TURN_SECRET instead of DUET_TURN_USERS)'
      : `DUET_TURN_SECRET=${options.secrets.join(',')}`,
    `DUET_TURN_URLS=${urls.join(',')}`,
  ]
}
