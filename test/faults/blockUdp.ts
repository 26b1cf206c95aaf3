import type { NetworkNamespace } from '../nat/networkNamespace.ts'

/**
 * Blocks UDP on a host silently, as a firewall does whose rules change during a call. Returns a function that undoes
 * it.
 */
export function blockUdp(host: NetworkNamespace): () => void {
  host.nft(`table inet outage {
    chain leaving { type filter hook output priority 0; meta l4proto udp drop; }
    chain entering { type filter hook input priority 0; meta l4proto udp drop; }
  }`)
  return () => host.nft('delete table inet outage')
}
