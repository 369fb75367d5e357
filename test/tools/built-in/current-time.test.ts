import { describe, expect, it } from 'vitest';
import { createCurrentTimeTool, currentTimeTool } from '../../../src/tools/built-in/current-time.ts';
import { runTool } from './run-tool.ts';

const clock = createCurrentTimeTool(() => new Date('2026-03-01T00:30:05.999Z'));

describe('current_time', () => {
  it.each([
    ['UTC', '2026-03-01T00:30:05+00:00', 'Sunday'],
    ['Europe/Oslo', '2026-03-01T01:30:05+01:00', 'Sunday'],
    ['America/St_Johns', '2026-02-28T21:00:05-03:30', 'Saturday'],
    ['Asia/Kolkata', '2026-03-01T06:00:05+05:30', 'Sunday'],
  ])('tells the time in %s with its offset, its weekday and the zone', async (time_zone, time, weekday) => {
    expect(await runTool(clock, { time_zone })).toEqual({ time, weekday, time_zone });
  });

  it('tells it in the machine’s own zone if none is named', async () => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    expect(await runTool(clock, {})).toEqual({
      ...((await runTool(clock, { time_zone: timeZone })) as object),
      time_zone: timeZone,
    });
  });

  it('refuses a zone that is none, by name', async () => {
    await expect(runTool(clock, { time_zone: 'Mars/Olympus' })).rejects.toThrow('in "Mars/Olympus": there is no such');
  });

  it('goes by the real clock', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const told = (await runTool(currentTimeTool, {})) as { time: string };
    expect(Date.parse(told.time)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(told.time)).toBeLessThanOrEqual(Date.now());
  });
});
