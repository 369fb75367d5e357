/** A function that an expression may call, and how many arguments it takes. */
export interface ArithmeticFunction {
  readonly least: number;
  readonly most: number;
  readonly apply: (...values: number[]) => number;
}

/** The names of numbers in an expression. */
export const ARITHMETIC_CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);

/** All that an expression may call, by name; angles are in radians. */
export const ARITHMETIC_FUNCTIONS: ReadonlyMap<string, ArithmeticFunction> = new Map([
  ...taking(1, 1, {
    sqrt: Math.sqrt,
    cbrt: Math.cbrt,
    abs: Math.abs,
    round: Math.round,
    floor: Math.floor,
    ceil: Math.ceil,
    trunc: Math.trunc,
    sign: Math.sign,
    exp: Math.exp,
    ln: Math.log,
    log10: Math.log10,
    log2: Math.log2,
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    asin: Math.asin,
    acos: Math.acos,
    atan: Math.atan,
    sinh: Math.sinh,
    cosh: Math.cosh,
    tanh: Math.tanh,
  }),
  ...taking(2, 2, { atan2: Math.atan2 }),
  ...taking(1, Number.POSITIVE_INFINITY, { min: Math.min, max: Math.max, hypot: Math.hypot }),
]);

function taking(
  least: number,
  most: number,
  functions: Readonly<Record<string, ArithmeticFunction['apply']>>,
): readonly (readonly [string, ArithmeticFunction])[] {
  return Object.entries(functions).map(([name, apply]) => [name, { least, most, apply }]);
}
