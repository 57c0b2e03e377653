/**
 * How a report looks: light, or dark where the reader's system is. Colours that people with any kind of sight tell apart.
 *
 * Source of the colours: M. Okabe and K. Ito, "Color Universal Design" (2008), darker on light, lighter on dark.
 *
 * @module
 */
import { Html } from './escape.js'

export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --ground: #ffffff; --card: #f6f7f9; --text: #1b1f24; --dim: #5b6470; --rule: #d9dee5;
  --good: #0b7a4b; --bad: #b3261e;
  --c1: #0072b2; --c2: #d55e00; --c3: #a8488a; --c4: #00805f; --c5: #946200; --c6: #6b7280;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --card: #1d2128; --text: #e6e9ee; --dim: #9aa4b2; --rule: #343a44;
    --good: #4cc38a; --bad: #ff8a80;
    --c1: #56b4e9; --c2: #ff9350; --c3: #e08bc4; --c4: #2fcf9f; --c5: #f0c24b; --c6: #9aa4b2;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 1180px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 36px 0 10px; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0 0 8px; }
.dim, figcaption p { color: var(--dim); }
figcaption p { font-size: 13px; margin: 0 0 6px; }
.good { color: var(--good); } .bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 10px; margin: 18px 0 0; padding: 0; list-style: none; }
.tiles li { background: var(--card); border-radius: 8px; padding: 10px 12px; }
.tiles b { display: block; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tiles span { color: var(--dim); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; }
figure { margin: 0; background: var(--card); border-radius: 8px; padding: 12px 14px 10px; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 12px; fill: var(--dim); font-variant-numeric: tabular-nums; }
.grid line { stroke: var(--rule); stroke-width: 1; }
path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
path.bar { stroke-width: 16; }
path.range { stroke: var(--text); stroke-width: 1.2; }
figure.contest { margin: 14px 0; }
figure.contest svg { max-width: 760px; }
path.plan { stroke-dasharray: 5 4; stroke-width: 1.4; }
.dots circle { fill: transparent; }
.c1 { stroke: var(--c1); background: var(--c1); } .c2 { stroke: var(--c2); background: var(--c2); }
.c3 { stroke: var(--c3); background: var(--c3); } .c4 { stroke: var(--c4); background: var(--c4); }
.c5 { stroke: var(--c5); background: var(--c5); } .c6 { stroke: var(--c6); background: var(--c6); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0; list-style: none; font-size: 13px; }
.legend i { display: inline-block; width: 18px; height: 3px; margin-right: 6px; vertical-align: middle; border-radius: 2px; }
.legend i.plan { height: 0; background: none; border-top: 2px dashed var(--c6); border-radius: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 8px; font-size: 14px; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { color: var(--dim); font-weight: 500; font-size: 13px; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
table.facts td:first-child { width: 190px; color: var(--dim); }
td.text { min-width: 170px; white-space: normal; overflow-wrap: anywhere; }
pre { background: var(--card); border-radius: 8px; padding: 12px 14px; overflow-x: auto; font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--dim); }
.none { color: var(--dim); padding: 24px 0; text-align: center; }
@media print { body { max-width: none; } figure, .tiles li, pre { break-inside: avoid; } }
`)
