import { element, replaceChildren } from './dom.ts';

/** What is told of something: a line in bold, then lines. */
export interface Told {
  readonly title: string;
  readonly lines: readonly string[];
}

/** A small box at the pointer. */
export class Tooltip {
  readonly node = element('div', { class: 'tooltip', attributes: { role: 'tooltip', hidden: '' } });

  show({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }, { title, lines }: Told): void {
    replaceChildren(this.node, element('strong', {}, title), ...lines.map((line) => element('div', {}, line)));
    this.node.hidden = false;
    const { offsetWidth, offsetHeight } = this.node;
    const left = Math.min(clientX + 14, window.innerWidth - offsetWidth - 8);
    const below = clientY + 18;
    const top = below + offsetHeight > window.innerHeight - 8 ? clientY - offsetHeight - 12 : below;
    this.node.style.left = `${Math.max(8, left)}px`;
    this.node.style.top = `${Math.max(8, top)}px`;
  }

  hide(): void {
    this.node.hidden = true;
  }
}
