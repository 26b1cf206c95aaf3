/**
 * Returns the path below which the server has this page, such as `/duet` (`DUET_PUBLIC_URL`); empty at the root. It is
 * the folder above `assets/` in the address of the entry script.
 */
export function readBasePath(page: Pick<Document, 'querySelector'>): string {
  const entry = page.querySelector('script[type=module][src]')?.getAttribute('src') ?? ''
  return /^(\/.+)\/assets\//.exec(entry)?.[1] ?? ''
}

const basePath = typeof document === 'undefined' ? '' : readBasePath(document)

/** Returns the path of a page or an endpoint on this server. @param path begins with a slash */
export const appPath = (path: string, base = basePath): string => base + path

/** Returns a path of this server without the base path, as `parseRoute` reads it. */
export const withoutBasePath = (path: string, base = basePath): string =>
  base !== '' && `${path}/`.startsWith(`${base}/`) ? path.slice(base.length) : path
