import type { Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';

/** Tells the date and time, in this machine's time zone unless asked for another. */
export const currentTimeTool: Tool = createCurrentTimeTool(() => new Date());

/** A `current_time` that takes the time from `date`. */
export function createCurrentTimeTool(date: () => Date): Tool {
  return defineTool({
    name: 'current_time',
    description: 'The current date and time.',
    parameters: {
      type: 'object',
      properties: {
        time_zone: {
          type: 'string',
          minLength: 1,
          maxLength: 100,
          description: 'An IANA time zone such as Europe/Oslo or UTC; without it the one of the machine.',
        },
      },
      additionalProperties: false,
    },
    policy: { effect: 'read' },
    run: ({ time_zone }: { time_zone?: string }) => describe(date(), time_zone),
  });
}

/** A moment as ISO 8601 with the offset of a time zone, its weekday, and the zone. */
function describe(moment: Date, timeZone: string | undefined) {
  const format = keptFormat(timeZone);
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  return {
    time: `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset}`,
    weekday: part('weekday'),
    time_zone: timeZone ?? format.resolvedOptions().timeZone,
  };
}

/** To make one takes longer than all else here, and tens of kilobytes. */
const kept = new Map<string | undefined, Intl.DateTimeFormat>();
const MOST_KEPT = 32;

function keptFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = kept.get(timeZone);
  if (known) return known;
  const format = formatIn(timeZone);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(timeZone, format);
  return format;
}

function formatIn(timeZone: string | undefined): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...(timeZone === undefined ? {} : { timeZone }),
      calendar: 'iso8601',
      hourCycle: 'h23',
      weekday: 'long',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
  } catch (error) {
    throw new RangeError(`Cannot tell the time in "${timeZone}": there is no such IANA time zone. Try Europe/Oslo.`, {
      cause: error,
    });
  }
}
