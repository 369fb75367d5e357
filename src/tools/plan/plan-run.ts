import type { ToolCall, ToolOutcome } from '../../contract/message.ts';
import type { Tool, ToolEffect } from '../../contract/tool.ts';
import { referencesIn } from '../call-references.ts';
import { CallStory } from '../call-story.ts';
import { failed } from '../outcomes.ts';
import { readArguments } from '../read-arguments.ts';
import type { RunCallDeps } from '../run-call.ts';
import { toOutput } from '../to-output.ts';
import { orderTurn } from '../turn-order.ts';
import { CallsScanner } from './calls-scanner.ts';
import type { PlanContext } from './plan-nodes.ts';
import { PlanNodes } from './plan-nodes.ts';
import { planOutput } from './plan-output.ts';
import type { PlanNode } from './read-plan.ts';
import { MAX_NODES, RUN_PLAN, readNode, readPlan } from './read-plan.ts';
import { toObjectReferences } from './string-references.ts';

/** What running a plan needs from outside. */
export interface PlanDeps extends RunCallDeps {
  /** Whether its calls run one after the other. */
  readonly inOrder: boolean;
  /** Whether calls of a tool may start before the model's response is complete. */
  readonly mayStartEarly: (tool: Tool) => boolean;
}

/**
 * One plan of a turn. Its calls run as the turn's own do, each as soon as what it needs is there; the plan itself holds
 * no slot. Those that only read may start while the model still writes the plan, up to the first that may do more.
 */
export class PlanRun {
  readonly #tools: readonly Tool[];
  readonly #context: PlanContext;
  readonly #deps: PlanDeps;
  readonly #nodes: PlanNodes;
  readonly #scanner = new CallsScanner();
  #heardText = '';
  /** The nodes that are complete in the stream, up to the first that may do more than read. */
  readonly #heard: PlanNode[] = [];
  #onlyReads = true;
  /** How many of the heard nodes have had their chance to start early. */
  #tried = 0;

  /** @param tools of the agent whose plan it is */
  constructor(tools: readonly Tool[], context: PlanContext, deps: PlanDeps) {
    this.#tools = tools.filter(({ spec }) => spec.name !== RUN_PLAN);
    this.#context = context;
    this.#deps = deps;
    this.#nodes = new PlanNodes(this.#tools, context, deps);
  }

  /** How many of its calls were started. */
  get size(): number {
    return this.#nodes.size;
  }

  /** More of the plan is in the stream: starts what it can, if it may. Returns whether all that was heard only reads. */
  hear(delta: string, mayStart: boolean): boolean {
    this.#heardText += delta;
    for (const text of this.#scanner.push(delta)) this.#hearNode(text);
    if (mayStart) this.#startEarly();
    return this.#onlyReads;
  }

  /** The plan is complete in the stream, but the response is not. Returns whether the whole plan only reads. */
  hearAll(text: string): boolean {
    if (text.startsWith(this.#heardText)) this.hear(text.slice(this.#heardText.length), true);
    const plan = readPlan(text, this.#deps.limits);
    return plan.ok && plan.value.nodes.every((node) => this.#mayStartEarly(node));
  }

  /** The response is complete and asked for this plan: runs what was not started yet. Never rejects. */
  async run(call: ToolCall): Promise<ToolOutcome> {
    const { signal } = this.#context;
    const eager = this.#nodes.size > 0;
    const story = new CallStory(call, { ...this.#context, eager }, this.#deps);
    const plan = readPlan(call.argumentsText, this.#deps.limits);
    if (!signal.aborted) story.start(plan.ok ? this.#effectOf(plan.value.nodes) : undefined);
    // The time is its calls' own: were it the plan's as well, it would count twice.
    let outcome = await story.waiting('dependency', this.#outcome(call, plan, story));
    if (signal.aborted) outcome = failed(call, 'cancelled', 'Cancelled before it was finished.');
    story.end(outcome);
    return outcome;
  }

  /** Nobody wants the plan any more: aborts what was started of it and returns when that has ended. */
  abandon(): Promise<void> {
    return this.#nodes.keepOnly([]);
  }

  #hearNode(text: string): void {
    if (!this.#onlyReads) return;
    const read = readArguments(text, this.#deps.limits);
    const node = read.ok ? readNode(read.args) : read;
    this.#onlyReads = node.ok && this.#mayStartEarly(node.value) && this.#isAnother(node.value);
    if (node.ok && this.#onlyReads) this.#heard.push(node.value);
  }

  #mayStartEarly({ tool: name }: PlanNode): boolean {
    const tool = this.#tools.find(({ spec }) => spec.name === name);
    return tool !== undefined && this.#deps.mayStartEarly(tool);
  }

  /** What the whole does to the world, if that is known of every part. */
  #effectOf(nodes: readonly PlanNode[]): ToolEffect | undefined {
    const effects = nodes.map(({ tool: name }) => this.#tools.find(({ spec }) => spec.name === name)?.policy.effect);
    if (effects.every((effect) => effect === 'pure' || effect === 'read')) return 'read';
    return effects.some((effect) => effect === undefined || effect === 'unsafe') ? undefined : 'idempotent';
  }

  #isAnother({ id }: PlanNode): boolean {
    return this.#heard.length < MAX_NODES && this.#heard.every((node) => node.id !== id);
  }

  #startEarly(): void {
    for (; this.#tried < this.#heard.length; this.#tried++) {
      const written = this.#heard[this.#tried];
      if (!written) return;
      // Text that may turn out to be no reference keeps its node waiting until all ids are known.
      const node = { ...written, args: toObjectReferences(written.args, () => true) };
      const needs = [...new Set([...referencesIn(node.args), ...node.after])];
      if (!needs.every((id) => this.#nodes.has(id))) continue;
      this.#heard[this.#tried] = node;
      const expectedMs = this.#deps.durations.expectedMs(node.tool);
      this.#nodes.start(node, this.#heard, { needs, expectedMs, eager: true });
    }
  }

  async #outcome(call: ToolCall, plan: ReturnType<typeof readPlan>, story: CallStory): Promise<ToolOutcome> {
    if (!plan.ok) {
      await this.abandon();
      return failed(call, 'invalid_arguments', plan.problem);
    }
    const { nodes, returned } = plan.value;
    await this.#nodes.keepOnly(nodes);
    await this.#startAll(nodes);
    const { shown: output, full } = toOutput(planOutput(returned, await this.#nodes.results(nodes)), this.#deps.limits);
    const outcome: ToolOutcome = { kind: 'ok', callId: call.callId, output };
    if (full !== undefined) story.keep(outcome, full);
    return outcome;
  }

  async #startAll(nodes: readonly PlanNode[]): Promise<void> {
    const { durations, inOrder, limits } = this.#deps;
    const expectedMs = (tool: string) => durations.expectedMs(tool);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    for (const [id, place] of orderTurn(nodes.map(asOrdered), this.#tools, { expectedMs, limits })) {
      const node = byId.get(id);
      if (!node || this.#nodes.has(id)) continue;
      const { problem, expectedMs } = place;
      const needs = problem === undefined ? place.needs.map(({ callId }) => callId) : [];
      const ended = this.#nodes.start(node, nodes, { needs, problem, expectedMs, eager: false });
      if (inOrder) await ended;
    }
  }
}

/** A node as a call that is named by the node's id, with all that it must come after among its references. */
function asOrdered({ id, tool, args, after }: PlanNode): ToolCall {
  const argumentsText = JSON.stringify({ args, after: after.map((other) => ({ $call: other })) });
  return { callId: id, name: tool, argumentsText };
}
