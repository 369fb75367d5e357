import type { Command } from 'commander';
import { Option } from 'commander';
import { byteSize, dollars, duration, pattern, wholeNumber } from './option-values.ts';

/** What answers. */
export function addModelOptions(command: Command): void {
  command
    .optionsGroup('Model:')
    .addOption(
      new Option('-m, --model <provider/name>', 'openai/…, gemini/…, openai-chat/… or sim/…').env('AGENTPAR_MODEL'),
    )
    .addOption(new Option('--base-url <url>', 'where the model is served').env('AGENTPAR_BASE_URL'))
    .option('--sim <settings>', 'latency and faults of the offline model: ttft=50,tps=200,429=0.1,seed=7');
}

/** Who has which tools. */
export function addToolOptions(command: Command): void {
  command
    .optionsGroup('Agents and tools:')
    .option('-a, --agent <file.ts#name>', 'the agent to start with')
    .option('-t, --tools <files...>', 'files that export tools, for every agent')
    .option('--builtin <names>', 'built-in tools, for every agent: calculate,http_get,… or all')
    .option('--root <dir>', 'what read_file and list_files may read (default: the current directory)')
    .option('--allow-private', 'let http_get ask this machine and private networks')
    .option('--mcp <files...>', 'MCP servers, as a JSON file with "mcpServers"')
    .option('--policy <policies...>', 'how tools run: a JSON file, or tool.key=value such as get_weather.effect=pure')
    .option('--approve <pattern>', "tools that need a person's yes: a name with *, ask (all unsafe ones) or never")
    .option('--plan', 'let the model write a whole graph of calls at once');
}

/** How files are read, and which of their prompts are run how often. */
export function addPromptOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'instead of what the extension says').choices(['txt', 'jsonl', 'csv', 'yaml']),
    )
    .option('--filter <regex>', 'only prompts whose text or id matches', pattern('--filter'))
    .option('--limit <n>', 'only the first n prompts', wholeNumber('--limit'))
    .option('--repeat <n>', 'every prompt n times', wholeNumber('--repeat'));
}

/** How tools are run. */
export function addToolRunOptions(command: Command): void {
  command
    .optionsGroup('Running tools:')
    .addOption(
      new Option('--background <what>', 'let the model start background tasks; at the end of a conversation …').choices(
        ['wait', 'cancel'],
      ),
    )
    .option('--max-tasks <n>', 'background tasks per conversation', wholeNumber('--max-tasks', 0), 8)
    .option(
      '--max-tasks-at-once <n>',
      'background tasks at once, over all conversations',
      wholeNumber('--max-tasks-at-once', 0),
      64,
    )
    .option('--max-task-depth <n>', 'how deep tasks may create tasks', wholeNumber('--max-task-depth', 0), 2)
    .option('--turn-concurrency <n>', 'tool calls at once in one turn', wholeNumber('--turn-concurrency'), 16)
    .option('--no-cache', 'run equal calls of pure tools each by itself')
    .option('--learn', "order calls, and estimate what is left, by earlier runs' journals too")
    .option(
      '--threads <n>',
      'worker threads for tools that ask for one (default: one per core)',
      wholeNumber('--threads'),
    )
    .option('--auto-thread', 'move tools that block the event loop twice to a thread');
}

/** What models and tools answer is kept. */
export function addRecord(command: Command, what: string): Command {
  return command.addOption(new Option('--record <file>', what).conflicts('replay'));
}

/** What answers in place of models and tools. */
export function addReplay(command: Command): Command {
  return command
    .option('--replay <file>', 'answer from what was recorded there: no key, no network, and no tool runs')
    .addOption(
      new Option('--time <which>', 'of a replay: virtual passes the recorded delays at once (default: real)').choices([
        'real',
        'virtual',
      ]),
    );
}

/** What all conversations may use up together, of a whole run or benchmark. */
export function addBudget(command: Command, whole = 'run'): Command {
  return command
    .option('--max-cost <usd>', `for the whole ${whole}, at list price`, dollars('--max-cost'))
    .option('--max-tokens <n>', `in and out, for the whole ${whole}`, wholeNumber('--max-tokens'))
    .option('--max-time <time>', `for the whole ${whole}`, duration('--max-time'));
}

/** What a whole run or benchmark, a conversation, a call and a request may take. */
export function addLimits(command: Command, whole = 'run'): void {
  addBudget(command.optionsGroup('Limits:'), whole)
    .option('--max-turns <n>', 'model responses per conversation', wholeNumber('--max-turns'), 25)
    .option('--max-tool-calls <n>', 'tool calls per conversation', wholeNumber('--max-tool-calls', 0), 200)
    .option('--max-handoffs <n>', 'handoffs per conversation', wholeNumber('--max-handoffs', 0), 10)
    .option(
      '--max-conversation-tokens <n>',
      'in and out, per conversation',
      wholeNumber('--max-conversation-tokens'),
      500_000,
    )
    .addOption(timeLimit('--conversation-timeout', 'for one conversation', '30m'))
    .addOption(timeLimit('--tool-timeout', 'for one tool call', '120s'))
    .addOption(sizeLimit('--max-arguments', 'of the arguments of one tool call', '1m'))
    .option('--max-argument-depth <n>', 'levels of objects and lists in them', wholeNumber('--max-argument-depth'), 64)
    .addOption(sizeLimit('--max-output', 'of one tool output that the model is shown', '64k'))
    .addOption(sizeLimit('--max-journal-output', 'of one tool output that the journal keeps', '1m'))
    .addOption(sizeLimit('--max-prompt', 'of one prompt, and of one line of its file', '10m'))
    .addOption(timeLimit('--connect-timeout', 'to connect to a model', '10s'))
    .addOption(timeLimit('--first-byte-timeout', 'from request to response', '120s'))
    .addOption(timeLimit('--idle-timeout', 'between two parts of a response', '120s'))
    .option('--max-attempts <n>', 'of one model request', wholeNumber('--max-attempts'), 6)
    .option('--rpm <n>', 'requests to a model per minute', wholeNumber('--rpm'))
    .option('--tpm <n>', 'tokens to and from a model per minute', wholeNumber('--tpm'))
    .option('--no-adaptive', 'as many requests at once as -j allows, whatever the provider says')
    .addOption(timeLimit('--max-retry-wait', 'that a server may ask for', '10m'))
    .addOption(timeLimit('--grace', 'for what runs, after the first Ctrl-C', '10s'));
}

function timeLimit(name: string, description: string, standard: string): Option {
  const parse = duration(name);
  return new Option(`${name} <time>`, description).argParser(parse).default(parse(standard), standard);
}

function sizeLimit(name: string, description: string, standard: string): Option {
  const parse = byteSize(name);
  return new Option(`${name} <size>`, description).argParser(parse).default(parse(standard), standard);
}
