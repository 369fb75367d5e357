import type { Tool } from '../../contract/tool.ts';
import { withChanges } from '../define-tool.ts';
import { currentTimeTool } from './current-time.ts';
import { mathTools } from './math.ts';
import { weatherTool } from './weather.ts';

/**
 * What an agent has when nothing is named: tools that touch neither files nor the network. `calculate` is not among them,
 * because it leaves nothing to do in parallel.
 */
export const defaultTools: readonly Tool[] = [weatherTool, ...mathTools, currentTimeTool].map((tool) =>
  withChanges(tool, { source: 'built-in' }),
);
