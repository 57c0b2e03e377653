/**
 * Who sent a run over several machines: what each of them is, how its clock stood, how late it was, and its share.
 *
 * @module
 */
import { CLIENT_HEAD, clientRows } from '../clients.js'
import type { RunReport } from '../run.js'
import { type Html, html } from './escape.js'

/** Nothing of a run that this machine sent. */
export function clientsHtml(run: RunReport): Html {
  const rows = clientRows(run)
  if (rows.length === 0) return html``
  const cells = (row: readonly string[]) => row.map((text) => html`<td>${text}</td>`)
  return html`<h2>Clients</h2><div class="scroll"><table><tr>${CLIENT_HEAD.map((name) => html`<th>${name}</th>`)}</tr>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</table></div>`
}
