import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/contract/event.ts';
import type { Usage } from '../../src/contract/model.ts';
import { NO_USAGE } from '../../src/contract/model.ts';
import type { ResultRow } from '../../src/report/result-row.ts';
import { openPrices } from '../../src/run/prices.ts';
import type { Answer } from '../providers/support/wire-server.ts';
import { stream, WireServer } from '../providers/support/wire-server.ts';
import { fastSim } from '../sim/support/fast-sim.ts';
import { inOneProcess } from '../support/one-process.ts';
import { agentpar, workspace } from '../support/run-agentpar.ts';

const PROMPTS = Array.from({ length: 40 }, (_, index) => `What is ${index} + 1?\n`).join('');

describe.concurrent('The limits of a run', () => {
  it('end it before --max-tokens is passed, keep what was done, start nothing new, say how to go on, and invent no cost', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    // Which is no failure that --fail-fast would abort the rest for.
    const args = ['run', 'p.txt', '--fail-fast', '--max-tokens', '20000', '--out', 'out'];
    const { code, stdout, stderr } = await agentpar(args, { cwd: at.path });
    expect(code).toBe(75);
    expect(stderr).toMatch(/Limit reached: --max-tokens: [\d,]+ of 20,000 are used.*Nothing new starts/);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('Go on with: agentpar resume out --max-tokens <more>');
    expect(stdout).toMatch(/Stopped by limit: --max-tokens: .*: \d+ conversations not started/);

    const rows = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    const statuses = new Set(rows.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual(['done', 'limit']);
    expect(rows.every(({ status, error }) => status === 'done' || error?.startsWith('--max-tokens: '))).toBe(true);
    expect(tokensOf(rows)).toBeLessThanOrEqual(20_000);
    expect(tokensOf(rows)).toBeGreaterThan(5000);
    expect(rows.every(({ status, costUsd }) => status === 'limit' || costUsd === null)).toBe(true);
    expect(stdout.match(/ cost +no price for sim\/offline\n/g)).toHaveLength(1);

    const events = lines<RunEvent>(join(at.path, 'out/journal.jsonl'));
    expect(events.filter(({ kind }) => kind === 'conversation_start')).toHaveLength(rows.length);
    const first = events.findIndex((event) => event.kind === 'conversation_end' && event.status === 'limit');
    const started = events.slice(first).filter(({ kind }) => kind === 'conversation_start' || kind === 'model_start');
    expect(started).toEqual([]);
  });

  it('hold over all parts of a run, and let it go on when they are raised', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    const stopped = await inOneProcess(['run', 'p.txt', '-q', '--max-tokens', '20000', '--out', 'out'], {
      cwd: at.path,
    });
    expect(stopped.code).toBe(75);
    const before = tokensOf(lines(join(at.path, 'out/results.jsonl')));
    const still = await inOneProcess(['resume', 'out', '-q', '--max-tokens', '20000'], { cwd: at.path });
    expect(still.code).toBe(75);
    expect(tokensOf(lines(join(at.path, 'out/results.jsonl')))).toBeLessThanOrEqual(20_000);
    const done = await inOneProcess(['resume', 'out', '-q', '--max-tokens', '1000000'], { cwd: at.path });
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('40 conversations: 40 done');
    const rows = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(40);
    expect(tokensOf(rows)).toBeGreaterThan(before);
  });

  it('end it when --max-time is over, and let finish what runs', async () => {
    using at = workspace({ 'p.txt': PROMPTS });
    const args = ['run', 'p.txt', '-q', '-j', '1', '--max-time', '1s', '--out', 'out', '--sim', 'ttft=100'];
    const { code, stderr } = await inOneProcess(args, { cwd: at.path });
    expect(code).toBe(75);
    expect(stderr).toContain('Limit reached: --max-time: 1 s are over.');
    expect(stderr).toContain('Go on with: agentpar resume out --max-time <more>');
    const rows = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(40);
    expect(rows.filter(({ status }) => status !== 'done' && status !== 'limit')).toEqual([]);
  });

  it.each([
    [['--max-cost', '1'], /Cannot keep to --max-cost with sim\/offline: no price is known for it/],
    [['--max-cost', 'much'], /Cannot use "much" as --max-cost: it must be an amount of US dollars such as 5 or 0\.50/],
    [['--max-cost', '0'], /Cannot use "0" as --max-cost/],
    [['--max-tokens', '0'], /Cannot use "0" as --max-tokens: it must be a whole number from 1 up/],
    [['--max-time', 'soon'], /Cannot use "soon" as --max-time/],
  ])('are refused before the run if they cannot be kept: %j', async (limit, message) => {
    using at = workspace({ 'p.txt': 'Hello\n' });
    const { code, stdout, stderr } = await inOneProcess(['run', 'p.txt', ...limit], { cwd: at.path });
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(existsSync(join(at.path, '.agentpar'))).toBe(false);
  });
});

describe.concurrent('The cost of a run', () => {
  it('is kept below --max-cost at any concurrency, and told for each conversation and for all parts together', async () => {
    await using sim = await fastSim();
    using at = workspace({ 'p.txt': PROMPTS });
    const env = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${sim.origin}/v1` };
    const call = { cwd: at.path, env };
    const run = ['run', 'p.txt', '-q', '-j', '16', '-m', 'openai/gpt-5.6-luna', '--max-cost', '0.006', '--out', 'out'];
    const stopped = await inOneProcess(run, call);
    expect(stopped.code).toBe(75);
    expect(stopped.stderr).toMatch(/Limit reached: --max-cost: \$0\.00\d+ of \$0\.006 are used/);
    expect(stopped.stderr).toContain('Go on with: agentpar resume out --max-cost <more>\n');
    const part = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    expect(part.filter(({ status }) => status === 'done').length).toBeGreaterThan(0);
    expect(costOf(part)).toBeLessThanOrEqual(0.006);
    const done = await inOneProcess(['resume', 'out', '-q', '--max-cost', '5'], call);
    expect(done.code).toBe(0);
    const rows = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    expect(rows.every(({ costUsd }) => costUsd !== null && costUsd > 0.0001)).toBe(true);
    expect(/ cost +(\S+) +at list price\n/.exec(done.stdout)?.[1]).toBe(`$${costOf(rows).toFixed(4)}`);
    expect(sim.requests).toHaveLength(2 * 40);
  });

  it('is kept below --max-cost whatever the model would write, and what there was no room for goes on later', async () => {
    const ledger: Usage[] = [];
    await using server = await WireServer.start(writeLong(ledger));
    using at = workspace({ 'p.txt': PROMPTS.split('\n').slice(0, 12).join('\n') });
    const call = { cwd: at.path, env: { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: `${server.origin}/v1` } };
    const run = ['run', 'p.txt', '-q', '-j', '4', '-m', 'openai/gpt-5.6-luna', '--max-cost', '0.06', '--out', 'out'];
    const stopped = await inOneProcess(run, call);
    expect(stopped.code).toBe(75);
    expect(stopped.stderr.trimEnd().split('\n').at(-1)).toBe('Go on with: agentpar resume out --max-cost <more>');
    const price = await openPrices();
    const billed = () => ledger.reduce((sum, usage) => sum + (price('openai/gpt-5.6-luna', usage) ?? 0), 0);
    expect(billed()).toBeGreaterThan(0.03);
    expect(billed()).toBeLessThanOrEqual(0.06);
    const part = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    expect(new Set(part.map(({ status }) => status))).toEqual(new Set(['limit']));
    expect(part[0]?.error).toMatch(/^--max-cost: cut off after [\d,]+ tokens of output, as many as could be set aside/);

    const done = await inOneProcess(['resume', 'out', '-q', '--max-cost', '5'], call);
    expect(done.code).toBe(0);
    const rows = lines<ResultRow>(join(at.path, 'out/results.jsonl'));
    expect(rows.filter(({ status }) => status === 'done')).toHaveLength(12);
    expect(costOf(rows)).toBeCloseTo(billed(), 6);
  });

  it('is estimated by --dry-run, for the first requests alone', async () => {
    using at = workspace({ 'p.txt': 'Hello\nGood morning\n' });
    const dryRun = (model: string) =>
      inOneProcess(['run', 'p.txt', '--dry-run', '-m', model], { cwd: at.path, env: { OPENAI_API_KEY: 'any' } });
    const priced = await dryRun('openai/gpt-5.6-luna');
    expect(priced.stdout).toMatch(
      /^2 prompts, nothing was run\nestimate: the first requests are about [\d,]+ tokens in; \$0\.00\d+ at list price; answers and what follows come on top\n/m,
    );
    expect((await dryRun('openai-chat/llama3')).stdout).toContain('; no price for openai-chat/llama3; ');
  });
});

/** Answers with 20,000 tokens, or as many as it is let write, and keeps book of it. */
function writeLong(ledger: Usage[]): Answer {
  return (response, request) => {
    const { max_output_tokens: most } = request.body;
    const outputTokens = Math.min(20_000, typeof most === 'number' ? most : Number.POSITIVE_INFINITY);
    ledger.push({ ...NO_USAGE, inputTokens: 100, outputTokens });
    const usage = { input_tokens: 100, output_tokens: outputTokens };
    const isCut = outputTokens < 20_000;
    const status = isCut ? 'incomplete' : 'completed';
    const details = isCut ? { incomplete_details: { reason: 'max_output_tokens' } } : {};
    const content = [{ type: 'output_text', text: 'Once upon a time', annotations: [] }];
    const item = { type: 'message', id: 'm', role: 'assistant', status, content };
    stream(
      { type: 'response.output_item.done', output_index: 0, item },
      { type: `response.${status}`, response: { status, ...details, output: [item], usage } },
    )(response, request);
  };
}

function tokensOf(rows: readonly ResultRow[]): number {
  return rows.reduce((sum, { tokens }) => sum + tokens.input + tokens.output, 0);
}

function costOf(rows: readonly ResultRow[]): number {
  return rows.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
}

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
