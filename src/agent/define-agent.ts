import type { Agent } from '../contract/agent.ts';
import type { Tool } from '../contract/tool.ts';
import { handoffToolName } from './handoff.ts';

/** What `defineAgent` takes. */
export interface AgentDefinition {
  readonly name: string;
  /** What it is for, in a sentence: other agents read it to decide on a handoff. Default: the instructions' first sentence. */
  readonly description?: string;
  readonly instructions: string;
  /** `provider/name`; default: the run's model. */
  readonly model?: string;
  readonly tools?: readonly Tool[];
  /** A function where agents hand off to each other, so that each can be defined before the other is. */
  readonly handoffs?: readonly Agent[] | (() => readonly Agent[]);
}

const AGENT = Symbol.for('agentpar.agent');

/**
 * Makes an agent. It holds no state: one agent serves any number of conversations at once.
 *
 * @throws {TypeError} if the name or the instructions are missing, or two tools or handoffs would share a name
 */
export function defineAgent(definition: AgentDefinition): Agent {
  const { name, instructions, model, tools = [], handoffs = [] } = definition;
  if (typeof name !== 'string' || name.trim() === '') throw new TypeError('Cannot define an agent: it has no name.');
  if (typeof instructions !== 'string') {
    throw new TypeError(`Cannot define agent "${name}": its instructions are not a string.`);
  }
  refuseSharedNames(
    name,
    tools.map((tool) => tool.spec.name),
  );
  const agent = {
    [AGENT]: true,
    name,
    description: definition.description ?? firstSentence(instructions),
    instructions,
    ...(model === undefined ? {} : { model }),
    tools,
    get handoffs() {
      return resolveHandoffs();
    },
  };
  let resolved: readonly Agent[] | undefined;
  function resolveHandoffs(): readonly Agent[] {
    if (resolved) return resolved;
    const targets = typeof handoffs === 'function' ? handoffs() : handoffs;
    refuseSharedNames(name, [...tools.map((tool) => tool.spec.name), ...targets.map(handoffToolName)]);
    resolved = targets;
    return targets;
  }
  return agent;
}

/** Whether a value was made by `defineAgent`, by this copy of the package or another. */
export function isAgent(value: unknown): value is Agent {
  return typeof value === 'object' && value !== null && AGENT in value;
}

function refuseSharedNames(agent: string, names: readonly string[]): void {
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) {
    throw new TypeError(`Cannot define agent "${agent}": two of its tools or handoffs are called "${twice}".`);
  }
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}
