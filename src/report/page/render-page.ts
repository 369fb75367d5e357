import { createHash } from 'node:crypto';
import type { PageData } from './page-data.ts';

/** What a page is made of beside its data: programs' texts, not data. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/**
 * A page as one HTML text that needs nothing else. Whatever a model or a tool said is in it as JSON in which nothing can
 * end the element that it stands in; the page's policy lets no script or style run but its own, and asks no server (but,
 * live, its own).
 */
export function renderPage(data: PageData, assets: PageAssets): string {
  const title = [...data.runs.map(({ head }) => head.runId), 'agentpar'].join(' – ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(assets, data.live !== undefined)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${assets.style}</style>
</head>
<body>
<main id="page"><noscript><p>This page draws itself with a script, which is switched off here.</p></noscript></main>
<script type="application/json" id="data">${jsonForScript(data)}</script>
<script type="module">${assets.script}</script>
</body>
</html>
`;
}

/** What the page may do. */
export function pagePolicy({ script, style }: PageAssets, isLive: boolean): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** JSON that means the same, and in which neither `</script>` nor `<!--` nor a line separator stands. */
function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
