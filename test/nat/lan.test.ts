import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect } from 'vitest'
import { BrowserUser } from '../browser/browserUser.ts'
import { trustInHome } from '../browser/certificateAuthority.ts'
import { openChromiumTab, startChromium, type ChromiumTab } from '../browser/chromium.ts'
import { expectCall } from '../browser/expectCall.ts'
import { type Product, startProduct } from '../browser/product.ts'
import { needs } from '../needs.ts'
import { processTag } from '../processIdentity.mjs'
import { namespaceName, NetworkNamespace, removeNamespaces } from './networkNamespace.ts'

/** `duet --lan` as at home: the computer that runs it, and a phone on the same network. */

const test = needs('root', 'iproute2', 'chromium', 'certutil')

const [computerAddress, phoneAddress] = ['10.7.0.1', '10.7.0.2']
let folder: string
const stopFunctions: (() => Promise<unknown>)[] = []
let [computer, phone]: NetworkNamespace[] = []
let product: Product

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'duet-home-'))
  computer = new NetworkNamespace(namespaceName('computer'))
  phone = new NetworkNamespace(namespaceName('phone'))
  computer.ip(`link add lan type veth peer name lan netns ${phone.name}`)
  for (const [host, address] of [
    [computer, computerAddress],
    [phone, phoneAddress],
  ] as const)
    host.ip(`address add ${address}/24 dev lan`, 'link set lan up')
  const settings = { DUET_STATE: join(folder, 'state'), DUET_PREPARE: 'off', HOME: folder }
  product = await startProduct(settings, computerAddress, computer.execPrefix, ['--lan'])
})

afterAll(async () => {
  for (const stop of stopFunctions.toReversed()) await stop()
  await product?.stop()
  removeNamespaces((tag) => tag === processTag())
  rmSync(folder, { recursive: true })
})

/** Fetches a URL on the phone, which trusts no authority of the computer. */
async function fetchOnPhone(url: string): Promise<string> {
  const script = `fetch(process.argv[1]).then((response) => response.text()).then(console.log, (error) => console.log(error.cause.code))`
  const [program = '', ...args] = [...phone!.execPrefix, process.execPath, '-e', script, url]
  return (await promisify(execFile)(program, args)).stdout
}

async function openUser(host: NetworkNamespace, home: string, url: string): Promise<BrowserUser<ChromiumTab>> {
  const browser = await startChromium({ host, env: { HOME: home } })
  stopFunctions.push(() => browser.close())
  return new BrowserUser(await openChromiumTab(browser), url)
}

test('a phone that trusts the authority opens the address of the terminal, and has a call with camera and microphone', async () => {
  const [, urls = '[]'] = /"lanUrls":(\[[^\]]*\])/.exec(product.output()) ?? []
  const [url = ''] = JSON.parse(urls) as string[]
  expect(url).toBe(`https://${computerAddress}:${product.port}`)
  expect(await fetchOnPhone(url)).toBe('SELF_SIGNED_CERT_IN_CHAIN\n')
  // Port 80, because the phone knows the address only.
  const authority = join(folder, 'downloaded.crt')
  writeFileSync(authority, await fetchOnPhone(`http://${computerAddress}/lan/duet-ca.crt`))
  const home = trustInHome(join(folder, 'phone'), authority)
  const users = [await openUser(phone!, home, url), await openUser(computer!, home, url)] as const
  for (const user of users) await user.join('blue-door')
  await expectCall(...users)
  expect(await users[0].tab.run(() => isSecureContext, null)).toBe(true)
  expect(users.flatMap(({ tab }) => tab.consoleErrors)).toEqual([])
})
