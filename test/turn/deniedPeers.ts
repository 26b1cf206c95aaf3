/** An address of the machine under attack, with a service that only the machine itself may use. */
export const databaseIp = '8.8.4.4'

/** Peers that a relay must not reach, with the known attack. */
export const deniedPeers: readonly (readonly [attack: string, ip: string])[] = [
  ['CVE-2020-26262', '0.0.0.0'],
  ['CVE-2020-26262', '::'],
  ['CVE-2020-26262', '::1'],
  ['CVE-2020-26262', '127.0.0.1'],
  ['CVE-2026-27624, mapped', '::ffff:127.0.0.1'],
  ['CVE-2026-27624, mapped private', '::ffff:10.0.0.1'],
  ['CVE-2026-27624, compatible', '::127.0.0.1'],
  ['CVE-2026-27624, translated', '::ffff:0:127.0.0.1'],
  ['CVE-2026-27624, NAT64', '64:ff9b::7f00:1'],
  ['CVE-2026-27624, 6to4', '2002:7f00:1::1'],
  ['the metadata service', '169.254.169.254'],
  ['the metadata service, mapped', '::ffff:169.254.169.254'],
  ['the metadata service over IPv6', 'fd00:ec2::254'],
  ['the machine’s own database', databaseIp],
  ['the machine’s own database, mapped', `::ffff:${databaseIp}`],
  ['a LAN', '192.168.1.1'],
  ['link-local', 'fe80::1'],
  ['multicast', '224.0.0.1'],
  ['IPv6 multicast', 'ff02::1'],
]
