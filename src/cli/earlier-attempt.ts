import { systemClock } from '../async/system-clock.ts';
import { UserError } from '../contract/errors.ts';
import type { RunSetup } from '../contract/event.ts';
import type { EarlierRunOptions } from '../run/earlier-run.ts';
import type { EarlierRun } from '../run/run-modes.ts';
import type { Continuation, Prepared } from './perform-run.ts';
import { secrets } from './secrets.ts';
import { packageVersion } from './version.ts';

/**
 * What is left to do of a run that is resumed, if its agents and prompts are still the same.
 *
 * @throws {UserError} with exit code 65 if they have changed, unless that is allowed
 */
export async function earlierAttempt(
  { soFar, onUncertain, allowChanged }: Continuation,
  { prompts, agents, models }: Prepared,
  { setup, ...as }: Pick<EarlierRunOptions, 'agentOf' | 'fitOutputs'> & { readonly setup: RunSetup },
): Promise<EarlierRun> {
  const { earlierRun } = await import('../run/earlier-run.ts');
  if (setup.fingerprints.agents !== soFar.start.setup.fingerprints.agents && !allowChanged) {
    throw new UserError(
      'Cannot go on: agents or tools have changed since the run was started. Put them back, or accept that with --allow-changed.',
      { exitCode: 65 },
    );
  }
  return earlierRun(soFar, {
    agentNamed: (name) => agents.byName.get(name),
    ...as,
    defaultModel: models.id,
    onUncertain,
    version: packageVersion(),
    startedAt: systemClock.date().toISOString(),
    prompts: prompts.read,
    fingerprints: setup.fingerprints,
    asRecorded: secrets.text,
    allowChanged,
  });
}
