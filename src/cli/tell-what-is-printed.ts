import { format } from 'node:util';
import { currentOwner } from '../tools/attribution.ts';
import { tell } from './tell.ts';

const METHODS = ['log', 'info', 'debug', 'warn', 'error'] as const;

/**
 * Has what users' code prints with `console` told on standard error, after the name of the tool that printed it: standard
 * output holds what the program says alone.
 */
export function tellWhatIsPrinted(): void {
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) => {
      const tool = currentOwner()?.tool;
      tell(`${tool ? `${tool.spec.name}: ` : ''}${format(...values)}`);
    };
  }
}
