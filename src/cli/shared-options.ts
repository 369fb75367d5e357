import type { Command } from 'commander';
import { dollars, duration, wholeNumber } from './option-values.ts';

/** What `run` and `tools` have in common: who has which tools. */
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

/** What all conversations of a run may use up together. */
export function addBudget(command: Command): Command {
  return command
    .option('--max-cost <usd>', 'for the whole run, at list price', dollars('--max-cost'))
    .option('--max-tokens <n>', 'in and out, for the whole run', wholeNumber('--max-tokens'))
    .option('--max-time <time>', 'for the whole run', duration('--max-time'));
}
