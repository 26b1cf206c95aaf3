import { build, type Plugin, type Rolldown } from 'vite'

/**
 * Builds `embed.js` in a build of its own, so that it shares no chunk with the pages: other sites load one small file.
 */
export function embedScriptPlugin(): Plugin {
  return {
    name: 'duet-embed-script',
    apply: 'build',
    async generateBundle() {
      const { output } = (await build({
        configFile: false,
        logLevel: 'error',
        root: import.meta.dirname,
        publicDir: false,
        build: {
          write: false,
          // The script runs in pages whose users have any browser that the client supports.
          target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
          modulePreload: false,
          rolldownOptions: { input: `${import.meta.dirname}/embedding/embed.ts` },
        },
      })) as Rolldown.RolldownOutput
      const [script, ...others] = output
      if (others.length > 0) throw new Error('embed.js has more than one chunk')
      this.emitFile({ type: 'asset', fileName: 'embed.js', source: script.code })
    },
  }
}
