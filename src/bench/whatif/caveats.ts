import { showCounted, showDuration } from '../../report/show-number.ts';
import type { Prediction } from './predict.ts';
import { SHAKEN_BY } from './predict-middle.ts';
import type { RecordedWork } from './recorded-work.ts';

/** What the predictions are made under, beside the work itself. */
export interface Circumstances {
  readonly predictions: readonly Prediction[];
  readonly measured: Prediction | undefined;
  /** Why the policies of tools are not known, if they are not. */
  readonly problem: string | undefined;
  /** Whether there are servers, whose tools' policies are not known either. */
  readonly hasServers: boolean;
  /** Another number of them at once than the run had. */
  readonly turnConcurrency: number | undefined;
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  readonly adaptive: boolean;
  /** What makes the budget of a run wait was set. */
  readonly hasBudget: boolean;
}

/** A prediction for what was measured that is further off than this says something about the others. */
const MOST_OFF = 0.02;

/** What the predictions take into account. */
export function modelled({
  predictions,
  problem,
  turnConcurrency,
  rpm,
  tpm,
  adaptive,
}: Circumstances): readonly string[] {
  const times = predictions.find(({ range }) => range)?.range?.of;
  return [
    'each model and tool call takes as long as it did, and our own work around it too',
    'slots of conversations and tool calls, in the order in which they are given',
    ...(turnConcurrency === undefined
      ? []
      : [`${showCounted(turnConcurrency, 'tool call')} at once in one turn at most`]),
    ...(problem === undefined
      ? ['locks, rates, concurrency, priorities, threads and shared results, as the tools declare them now']
      : ['results that equal calls of pure tools share']),
    ...(rpm === undefined ? [] : [`${showCounted(rpm, 'request')} a minute to a model at most`]),
    ...(tpm === undefined
      ? []
      : [`${showCounted(tpm, 'token')} a minute to and from a model at most, by our estimate`]),
    ...(adaptive ? ['the number of requests at once that is found out by trying, as far as the journal allows'] : []),
    ...(times === undefined
      ? []
      : [
          `how much hangs on small differences once requests are refused: the middle of ${times} times, with attempts that take up to ${SHAKEN_BY * 100} % more or less`,
        ]),
  ];
}

/** What they do not. */
export function notModelled(work: RecordedWork, circumstances: Circumstances): readonly string[] {
  const { predictions, measured, problem, hasServers, hasBudget } = circumstances;
  const { refusals, approvals, toolRetries, tasks, resumes, notDone } = work.facts;
  const strays = Math.max(...predictions.map((each) => each.strays));
  const off = measured ? Math.abs(measured.wallMs / work.wallMs - 1) : 0;
  return [
    'models, tools and this machine being slower when more is asked of them at once',
    refusals > 0
      ? `other refusals than the ${refusals} that were recorded: each comes again at its own call, whatever the setting, and others may hit otherwise`
      : 'refusals: the provider is taken to let everything through, since it refused nothing',
    ...(problem === undefined ? [] : [`locks, rates, concurrency, priorities and threads of tools: ${problem}`]),
    ...(hasServers ? ['what the policies of MCP tools are, beside what --policy says'] : []),
    ...(hasBudget ? ['waiting for --max-cost and --max-tokens'] : []),
    ...(approvals > 0 ? [`a person being asked other than the ${showCounted(approvals, 'time')} there were`] : []),
    ...(toolRetries > 0 ? ['what chance makes of the waits before tools are tried again: their mean is taken'] : []),
    ...(tasks > 0 ? ['models hearing of background tasks at other times: they say what they said'] : []),
    ...(resumes > 0 ? ['the run having been interrupted: the time it took includes that'] : []),
    ...(notDone > 0 ? [`failures for other reasons: ${showCounted(notDone, 'conversation')} fail as they did`] : []),
    ...(strays > 0
      ? [`${showCounted(strays, 'call')} that would be made and was not recorded: taken to need no time`]
      : []),
    ...(off > MOST_OFF
      ? [
          `all that takes time: ${showDuration(measured?.wallMs ?? 0)} are predicted where it took ${showDuration(work.wallMs)}, and the others may be off as much`,
        ]
      : []),
  ];
}
