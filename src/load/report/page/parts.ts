/**
 * What pages of reports have in common: they ask nobody for anything, no script, no font, no picture of another.
 *
 * What a page may load is said in itself as well (Content-Security-Policy), should anything ever get past escape.ts.
 *
 * @module
 */
import { durationText } from '../figures.js'
import type { Environment } from '../run.js'
import type { JudgedText } from '../thresholds/telling.js'
import { type Html, html } from './escape.js'
import { STYLE } from './style.js'

export function pageOf(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${body}</body>
</html>
`.text
}

export function judgedTable(judged: readonly JudgedText[]): Html {
  if (judged.length === 0) return html``
  const rows = judged.map(({ text, measured, isKept }) => {
    return html`<tr><td>${text}</td><td>${measured}</td><td class="${isKept ? 'good' : 'bad'}">${isKept ? 'kept' : 'not kept'}</td></tr>`
  })
  return html`<h2>Thresholds</h2><div class="scroll"><table><tr><th>threshold</th><th>measured</th><th>verdict</th></tr>${rows}</table></div>`
}

type Row = readonly [name: string, value: string]

/** @param more rows behind those of the machine itself */
export function environmentTable(of: Environment, more: readonly Row[] = []): Html {
  const known = 'not known'
  const rows: readonly Row[] = [
    ['CPU', `${of.cpu}, ${of.cores} cores`],
    ['engine', of.engine ?? known],
    ['Node', `${of.node}, OpenSSL ${of.openssl}`],
    ['kernel', of.kernel],
    ['commit', of.commit ?? known],
    ['governor', of.governor ?? known],
    ['stolen by other guests', of.stealMs === null ? known : durationText(of.stealMs / 1000)],
    ['flags', of.flags.join(' ') || known],
    ...more,
  ]
  return html`<table class="facts">${rows.map(([name, value]) => html`<tr><td>${name}</td><td class="text">${value}</td></tr>`)}</table>`
}
