import type { Tool } from '../../contract/tool.ts';
import { defineTool } from '../define-tool.ts';
import { ARITHMETIC_FUNCTIONS } from './arithmetic-words.ts';
import { evaluateArithmetic, MAX_EXPRESSION_LENGTH } from './evaluate-arithmetic.ts';

/** Works out an arithmetic expression by a grammar of its own: nothing in it can name anything but numbers. */
export const calculateTool: Tool = defineTool({
  name: 'calculate',
  description:
    'Works out an arithmetic expression such as "2 * (3 + 4)^2 - sqrt(16)": + - * / % ^, parentheses, pi, e and ' +
    `${[...ARITHMETIC_FUNCTIONS.keys()].join(', ')} (angles in radians).`,
  parameters: {
    type: 'object',
    properties: { expression: { type: 'string', minLength: 1, maxLength: MAX_EXPRESSION_LENGTH } },
    required: ['expression'],
    additionalProperties: false,
  },
  policy: { effect: 'pure' },
  run: ({ expression }: { expression: string }) => {
    const result = evaluateArithmetic(expression);
    if (result.ok) return result.value;
    throw new RangeError(`Cannot calculate: ${result.problem}.`);
  },
});
