import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageData } from '../../../src/report/page/page-data.ts';
import { renderPage } from '../../../src/report/page/render-page.ts';
import { hostileText } from '../support/hostile-text.ts';

const ASSETS = { script: 'document.title = "drawn";', style: 'body { margin: 0 }' };

const evil = fc.oneof(
  hostileText,
  fc.constantFrom('</script>', '<!--', '<script>alert(1)</script>', ']]>', '"\'`', '\u2028\u2029', '<!--<script>'),
);

describe('renderPage', () => {
  it('carries any text as data that nothing in the page reads as HTML', () => {
    fc.assert(
      fc.property(fc.array(evil, { minLength: 1, maxLength: 4 }), (parts) => {
        const data = dataWith(parts.join(''));
        const page = renderPage(data, ASSETS);
        const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(data)));
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(page.match(/<\/?script/g)).toHaveLength(4);
        expect(page.match(/<title>([^<]*)<\/title>/)).not.toBeNull();
      }),
    );
  });

  it('lets its own script and style run and nothing else, and asks no server', () => {
    const policy = policyOf(renderPage(dataWith('run'), ASSETS));
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toEqual([
      "default-src 'none'",
      `script-src ${hash(ASSETS.script)}`,
      `style-src ${hash(ASSETS.style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it('may ask its own server when its run goes on, and no other', () => {
    const policy = policyOf(renderPage({ version: '1', runs: [], live: 'events' }, ASSETS));
    expect(policy).toContain("connect-src 'self'");
    expect(policy.join()).not.toContain('unsafe');
  });
});

function policyOf(page: string): string[] {
  return /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.split('; ') ?? [];
}

function dataWith(text: string): PageData {
  const head = {
    runId: text,
    version: '1',
    startedAt: '',
    files: [text],
    prompts: 1,
    model: text,
    agent: text,
    resumes: [],
    endMs: 0,
    isOpen: false,
  };
  return { version: '1', runs: [{ head, names: [text], modes: [] }] };
}
