/** The script `/embed.js` for pages of other sites. It may be loaded twice. */
import { DuetCallElement } from './duetCallElement.ts'

if (!customElements.get('duet-call')) customElements.define('duet-call', DuetCallElement)
