import { describe, expect, it } from 'vitest';
import { LogLines, MOST_WAITING_BYTES } from '../../src/cli/log-lines.ts';

function linesTo(waitingBytes = 0) {
  const written: string[] = [];
  const target = { waitingBytes, write: (text: string) => void written.push(text) };
  return { log: new LogLines(target, 'journal.jsonl'), target, written };
}

describe('The lines of a log', () => {
  it('are kept back while a person is asked something, and come in their order afterwards', () => {
    const { log, written } = linesTo();
    log.write('1\n');
    const goOn = log.hold();
    log.write('2\n');
    log.write('3\n');
    expect(written).toEqual(['1\n']);
    goOn();
    log.write('4\n');
    expect(written).toEqual(['1\n', '2\n', '3\n', '4\n']);
  });

  it('are left out, and counted, where more than 8 MiB would be kept back', () => {
    const { log, written } = linesTo();
    const goOn = log.hold();
    for (let line = 0; line < 4; line++) log.write('x'.repeat(MOST_WAITING_BYTES / 2));
    goOn();
    log.write('last\n');
    expect(written.map((text) => text.slice(0, 30))).toEqual([
      'x'.repeat(30),
      'x'.repeat(30),
      'x'.repeat(30),
      '… 1 line was left out here for',
      'last\n',
    ]);
  });

  it('are left out, and counted, for a slow reader', () => {
    const { log, target, written } = linesTo(MOST_WAITING_BYTES + 1);
    log.write('1\n');
    log.write('2\n');
    target.waitingBytes = 0;
    log.write('3\n');
    expect(written).toEqual(['… 2 lines were left out here for a slow reader; all are in journal.jsonl\n', '3\n']);
  });
});
