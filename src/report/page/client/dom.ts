/** What an element is given beside its children: attributes and listeners. No member of it is ever read as HTML. */
export interface Parts {
  readonly class?: string;
  readonly title?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

type Child = Node | string | number | undefined;

/** Makes an element. Texts become text nodes, whatever stands in them. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, title, attributes = {}, on = {} }: Parts,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (title !== undefined) made.title = title;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener as EventListener);
  append(made, children);
  return made;
}

/** Puts other children in the place of an element's own. */
export function replaceChildren(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== undefined) parent.append(typeof child === 'number' ? String(child) : child);
  }
}

/** A button that is one. */
export function button(label: string, onClick: () => void, { title, class: className }: Parts = {}): HTMLButtonElement {
  return element(
    'button',
    {
      ...(title === undefined ? {} : { title }),
      ...(className === undefined ? {} : { class: className }),
      attributes: { type: 'button' },
      on: { click: onClick },
    },
    label,
  );
}

/** A canvas made as sharp as the screen is, with its drawing in CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = window.devicePixelRatio || 1;
  const pixelWidth = Math.max(1, Math.round(width * scale));
  const pixelHeight = Math.max(1, Math.round(height * scale));
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw.');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
