/** Texts that are not CIDRs. */
export const invalidCidrs = [
  '10.0.0.0/33',
  'fc00::/129',
  '10.0.0/8',
  'localhost',
  '',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '::1%eth0',
  '1.2.3.4/8/9',
]
