/** The colours of the drawings, as the page's style gives them for light and dark. */
export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly stripe: string;
  readonly selected: string;
  readonly model: string;
  readonly tool: string;
  readonly task: string;
  readonly wait: string;
  readonly fail: string;
  readonly handoff: string;
  readonly area: string;
}

let known: Palette | undefined;

/** Reads them once, until `forgetPalette`. */
export function palette(): Palette {
  known ??= read();
  return known;
}

/** After a change between light and dark. */
export function forgetPalette(): void {
  known = undefined;
}

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of('ink'),
    muted: of('muted'),
    line: of('line'),
    surface: of('surface'),
    stripe: of('stripe'),
    selected: of('selected'),
    model: of('model'),
    tool: of('tool'),
    task: of('task'),
    wait: of('wait'),
    fail: of('fail'),
    handoff: of('handoff'),
    area: of('area'),
  };
}
