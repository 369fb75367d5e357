import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/async/system-clock.ts';
import { openWatch } from '../../src/cli/watch-server.ts';
import type { RunEvent } from '../../src/contract/event.ts';
import { LiveRun } from '../../src/report/page/live-run.ts';
import { RunPacker } from '../../src/report/page/pack-run.ts';
import { renderPage } from '../../src/report/page/render-page.ts';
import { RunTexts } from '../../src/report/page/run-texts.ts';
import type { FakeConversation } from '../report/support/fake-run.ts';
import { fakeRun } from '../report/support/fake-run.ts';
import { spansOf } from '../report/support/spans-of.ts';
import { ToldRun } from '../report/support/told-run.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const DIST = join(import.meta.dirname, '../../dist/page');

/** As root, and without asking anybody for anything. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const EVIL = '</script><img src=x onerror="document.title=\'owned\'"><!-- \u2028';

describe.skipIf(!existsSync(CHROMIUM))(
  `A page in a real browser (without ${CHROMIUM}, or one that CHROMIUM names, this is skipped)`,
  () => {
    let browser: Browser;
    let place: string;
    beforeAll(async () => {
      const { chromium } = await import('playwright-core');
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
      place = mkdtempSync(join(tmpdir(), 'agentpar-page-'));
    });
    afterAll(async () => {
      await browser?.close();
      if (place) rmSync(place, { recursive: true, force: true });
    });

    it('draws every conversation, and says what each said as text, whatever it said', async () => {
      const turns = [{ modelMs: 100, calls: [{ name: EVIL, ms: 50, output: EVIL, argumentsText: EVIL }] }];
      const missed = [{ what: 'contains', problem: EVIL }] as const;
      const { page, problems } = await show([{ id: EVIL, prompt: EVIL, answer: EVIL, missed, turns }]);
      await page.locator('button.link').first().click();
      const details = page.getByRole('complementary', { name: 'Conversation' });
      await expect.poll(() => details.textContent()).toContain(EVIL.slice(0, 40));
      await expect.poll(() => page.locator('article .answer').textContent()).toBe(EVIL);
      await expect
        .poll(() => page.locator('article .bad').allTextContents())
        .toEqual(['✕ done, not as expected', `expected contains: ${EVIL}`]);
      await expect.poll(() => page.locator('img').count()).toBe(0);
      expect(await page.title()).not.toBe('owned');
      expect(problems()).toEqual([]);
      await expect.poll(() => inkIn(page)).toBeGreaterThan(500);
    });

    it('draws the work of those that were delegated beside that of those who wait for it, to the same scale', async () => {
      const run = new ToldRun().mode(0).start(0, 'p1').ask(0, 'p1').answer(100, 'p1', { tookMs: 100 });
      run.start(100, 'p1/t1', { parent: 'p1' }).ask(100, 'p1/t1').answer(900, 'p1/t1', { tookMs: 800 });
      run.end(900, 'p1/t1', { parent: 'p1' }).end(1000, 'p1').modeEnd(1000).runEnd(1000);
      const { page } = await showEvents(run.events);
      const heights = () => page.locator('.strip canvas').evaluateAll((all) => all.map((each) => each.clientHeight));
      await expect.poll(heights).toEqual([16, 24]);
    });

    it('lets no other script run and asks nobody', async () => {
      const { page, problems } = await show([{ id: 'p1', turns: [{ modelMs: 1 }] }]);
      const ran = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'document.title = "owned"';
        document.body.append(script);
        return fetch('http://127.0.0.1:9/').then(
          () => 'answered',
          () => document.title,
        );
      });
      expect(ran).not.toBe('owned');
      expect(problems().join()).toContain('Content Security Policy');
    });

    it('draws 1,000 conversations in under 2 s of a core, and while scrolling only what is in sight', async () => {
      const call = { name: 'look_up', ms: 80 };
      const many = Array.from({ length: 1000 }, (_, at): FakeConversation => {
        return { id: `p${at + 1}`, turns: [{ modelMs: 50 + (at % 7), calls: [call, call] }, { modelMs: 20 }] };
      });
      const { page } = await show(many, { concurrency: 50 });
      const works = await page.context().newCDPSession(page);
      await works.send('Performance.enable');
      expect(await secondsOfWork(works)).toBeLessThan(2);
      const before = await page.evaluate(() => document.querySelectorAll('*').length);
      await page.locator('.scroller').evaluate((scroller) => scroller.scrollTo(0, 1e6));
      await page.getByLabel('small rows').click();
      await page.locator('.scroller').evaluate((scroller) => scroller.scrollTo(0, 1e6));
      expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBe(before);
      const height = await page.locator('.scroller canvas').evaluate((canvas) => canvas.clientHeight);
      expect(height).toBeLessThan(900);
      await expect.poll(() => inkIn(page)).toBeGreaterThan(500);
    });

    it('is used by keyboard: search, select, open, close, zoom', async () => {
      const { page, problems } = await show([
        { id: 'first', answer: 'Rain', turns: [{ modelMs: 100 }] },
        { id: 'second', answer: 'Sun', status: 'failed', problem: 'too hot', turns: [{ modelMs: 100 }] },
      ]);
      const details = page.getByRole('complementary', { name: 'Conversation' });
      await page.keyboard.press('/');
      await page.keyboard.type('SUN');
      await expect.poll(() => page.locator('.toolbar .number').first().textContent()).toBe('1 of 2');
      await page.keyboard.press('Escape');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await expect.poll(() => details.locator('h2').textContent()).toBe('second: failed');
      await page.keyboard.press('Escape');
      await expect.poll(() => details.isVisible()).toBe(false);
      const whole = await pictureOf(page);
      await page.keyboard.press('+');
      await expect.poll(() => pictureOf(page)).not.toBe(whole);
      await page.keyboard.press('0');
      await expect.poll(() => pictureOf(page)).toBe(whole);
      expect(problems()).toEqual([]);
    });

    it('says in words what is under the pointer', async () => {
      const calls = [{ name: 'get_weather', ms: 900, argumentsText: '{"city":"Oslo"}', output: 'rain' }];
      const { page } = await show([{ id: 'p1', turns: [{ modelMs: 100, calls }] }]);
      const box = await page.locator('.scroller').boundingBox();
      await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) * 0.7, (box?.y ?? 0) + 138);
      const tooltip = page.getByRole('tooltip');
      await expect.poll(() => tooltip.textContent()).toContain('tool get_weather');
      await expect.poll(() => tooltip.textContent()).toContain('{"city":"Oslo"}');
    });

    it('has two palettes, and keeps to the system until it is told', async () => {
      const { page } = await show([{ id: 'p1', turns: [{ modelMs: 100 }] }], {}, 'dark');
      const surface = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const dark = await surface();
      await page.getByText('Light / dark').click();
      const light = await surface();
      expect([dark, light]).toEqual(['rgb(18, 22, 27)', 'rgb(255, 255, 255)']);
    });

    it('goes on while its run does, and stays when that has ended', async () => {
      const watch = await openWatch(assets(), '0.1.0', new LiveRun(systemClock));
      onTestFinished(() => watch.finish());
      const { page, problems } = await open(watch.address);
      const modes = ['sequential', 'parallel'] as const;
      const events = fakeRun([{ id: 'p1', answer: 'Rain', turns: [{ modelMs: 100 }] }], { modes });
      for (const event of events.slice(0, -3)) watch.handle(event);
      await page.getByText('p1').first().waitFor();
      for (const event of events.slice(-3)) watch.handle(event);
      await watch.finish();
      await page.getByText('The run has ended').waitFor();
      await expect.poll(() => page.locator('article .answer').textContent()).toBe('Rain');
      const pressed = page.getByRole('navigation', { name: 'Mode' }).locator('[aria-pressed=true]');
      await expect.poll(() => pressed.textContent()).toBe('parallel');
      expect(problems()).toEqual([]);
    });

    async function show(
      conversations: readonly FakeConversation[],
      options: Parameters<typeof fakeRun>[1] = {},
      colorScheme: 'light' | 'dark' = 'light',
    ) {
      return showEvents(fakeRun(conversations, options), colorScheme);
    }

    async function showEvents(events: readonly RunEvent[], colorScheme: 'light' | 'dark' = 'light') {
      const path = join(place, `${Math.random()}.html`);
      writeFileSync(path, pageOf(events));
      return open(pathToFileURL(path).href, colorScheme);
    }

    async function open(address: string, colorScheme: 'light' | 'dark' = 'light') {
      const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, colorScheme });
      onTestFinished(() => page.close());
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(String(error)));
      await page.goto(address);
      await page.waitForFunction(() => document.documentElement.dataset['drawnMs']);
      return { page, problems: () => said };
    }
  },
);

function pageOf(events: readonly RunEvent[]): string {
  const texts = new RunTexts();
  for (const event of events) texts.handle(event);
  return renderPage({ version: '0.1.0', runs: [new RunPacker(texts).pack(spansOf(events))] }, assets());
}

function assets() {
  return { script: readFileSync(join(DIST, 'page.js'), 'utf8'), style: readFileSync(join(DIST, 'page.css'), 'utf8') };
}

/** How many pixels of the timeline are drawn in the colour of models or tools. */
function inkIn(page: Page): Promise<number> {
  return page.locator('.scroller canvas').evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
    let ink = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      const [red = 0, , blue = 0] = pixels.slice(at, at + 3);
      if (Math.abs(red - blue) > 100) ink++;
    }
    return ink;
  });
}

function pictureOf(page: Page): Promise<string> {
  return page.locator('.scroller canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** How long the page kept a core busy: how long it took would tell of what else the machine does. */
async function secondsOfWork(session: {
  send(method: 'Performance.getMetrics'): Promise<{ metrics: { name: string; value: number }[] }>;
}) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
}
