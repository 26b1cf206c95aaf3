import type { Namespace } from '../nat/namespace.ts'

/** Takes UDP away from a host, without a word, as a firewall does that was changed in the middle of a call. Returns its undo. */
export function blockUdp(host: Namespace): () => void {
  host.nft(`table inet outage {
    chain leaving { type filter hook output priority 0; meta l4proto udp drop; }
    chain entering { type filter hook input priority 0; meta l4proto udp drop; }
  }`)
  return () => host.nft('delete table inet outage')
}
