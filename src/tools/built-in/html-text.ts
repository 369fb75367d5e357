import { setImmediate as nextMacrotask } from 'node:timers/promises';
import { decodeEntities } from './html-entities.ts';

/**
 * A page's text: its title, then its words, a line per block, links as `[words](address)` with addresses made absolute.
 * What is not meant to be read (scripts, styles, comments) is left out. Takes time in proportion to the page, whatever
 * is in it, and lets others run in between.
 */
export async function htmlText(html: string, address: string): Promise<string> {
  const reading = new Reading(address);
  const markup = /<(?=[a-z/!?])/gi;
  let at = 0;
  for (let pauseAt = PAUSE_EVERY, opening = -1; at < html.length; ) {
    if (opening < at) {
      markup.lastIndex = at;
      opening = markup.exec(html)?.index ?? html.length;
    }
    const end = opening - at > PAUSE_EVERY ? endOfPiece(html, at) : opening;
    reading.words(html.slice(at, end));
    at = end < opening || end === html.length ? end : readMarkup(html, end, reading);
    if (at < pauseAt) continue;
    await nextMacrotask();
    pauseAt = at + PAUSE_EVERY;
  }
  return reading.text();
}

/** Characters, which take a few milliseconds. */
const PAUSE_EVERY = 64 * 1024;

/** Entities are short: a piece ends before one that it might split. */
function endOfPiece(html: string, from: number): number {
  const end = from + PAUSE_EVERY;
  const entity = html.slice(end - MAX_ENTITY, end).lastIndexOf('&');
  return entity < 0 ? end : end - MAX_ENTITY + entity;
}

const MAX_ENTITY = 10;

const BLOCKS = new Set(
  (
    'address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol optgroup option p pre section ' +
    'select summary table tbody tfoot thead title tr ul'
  ).split(' '),
);

/** Their content is no text of the page, up to the first end tag of that name. */
const UNREAD = /^(?:script|style|noscript|template|iframe|object|svg|math|textarea|noembed|noframes)$/;

const TAG_NAME = /<(\/?)([a-z][^\s/>]*)/iy;

/** Reads a comment or tag; returns where it ends. What never ends takes the rest of the page with it. */
function readMarkup(html: string, at: number, reading: Reading): number {
  if (html.startsWith('<!--', at)) return after(html, '-->', at + 4);
  if (html.startsWith('<!', at) || html.startsWith('<?', at)) return after(html, '>', at);
  TAG_NAME.lastIndex = at;
  const [all, closing, spelling = ''] = TAG_NAME.exec(html) ?? [];
  if (all === undefined) {
    reading.words('<');
    return at + 1;
  }
  const name = spelling.toLowerCase();
  const end = tagEnd(html, at + all.length);
  if (closing === '/') {
    reading.close(name);
    return end;
  }
  if (UNREAD.test(name)) return endTag(html, name, end);
  reading.open(name, name === 'a' ? html.slice(at + all.length, end) : '');
  return end;
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at < 0 ? html.length : at + mark.length;
}

/** Past the `>` that is not inside of quotes. */
function tagEnd(html: string, from: number): number {
  const mark = /[>"']/g;
  mark.lastIndex = from;
  for (;;) {
    const [found] = mark.exec(html) ?? [];
    if (found === '>') return mark.lastIndex;
    if (found === undefined) return html.length;
    mark.lastIndex = after(html, found, mark.lastIndex);
  }
}

function endTag(html: string, name: string, from: number): number {
  const mark = new RegExp(`</${name}`, 'gi');
  mark.lastIndex = from;
  return mark.test(html) ? after(html, '>', mark.lastIndex) : html.length;
}

const BULLET = '- ';
const LINK = '[';

/** What keeps its content beside it, even if that is a block. */
const OPENINGS: ReadonlySet<string | undefined> = new Set([BULLET, LINK]);

/** The text so far. */
class Reading {
  readonly #address: string;
  readonly #parts: string[] = [];
  /** Whether white space is due before the next word: a space or an end of line. */
  #gap: '' | ' ' | '\n' = '';
  #preformatted = 0;
  #link: string | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  words(source: string): void {
    if (source === '') return;
    const text = decodeEntities(source);
    if (this.#preformatted > 0) {
      this.#add(text);
      return;
    }
    const words = text.replace(/[ \t\r\n\f\u00a0]+/g, ' ');
    if (words.startsWith(' ')) this.#space(' ');
    const trimmed = words.trim();
    if (trimmed === '') return;
    this.#add(trimmed);
    if (words.endsWith(' ')) this.#space(' ');
  }

  open(name: string, attributes: string): void {
    if (BLOCKS.has(name)) this.#space('\n');
    if (name === 'li') this.#add(BULLET);
    if (name === 'td' || name === 'th') this.#space(' ');
    if (name === 'pre') this.#preformatted += 1;
    if (name !== 'a' || this.#link !== undefined) return;
    this.#link = this.#absolute(attributes);
    if (this.#link !== undefined) this.#add(LINK);
  }

  close(name: string): void {
    if (name === 'a' && this.#link !== undefined) {
      this.#parts.push(`](${this.#link})`);
      this.#link = undefined;
    }
    if (name === 'pre' && this.#preformatted > 0) this.#preformatted -= 1;
    if (BLOCKS.has(name)) this.#space('\n');
  }

  text(): string {
    return this.#parts.join('');
  }

  #add(text: string): void {
    if (this.#gap !== '' && this.#parts.length > 0) this.#parts.push(this.#gap);
    this.#gap = '';
    this.#parts.push(text);
  }

  #space(gap: ' ' | '\n'): void {
    if (OPENINGS.has(this.#parts.at(-1))) return;
    if (this.#gap !== '\n') this.#gap = gap;
  }

  #absolute(attributes: string): string | undefined {
    const match = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
    const target = match?.[1] ?? match?.[2] ?? match?.[3];
    const url = target === undefined ? null : URL.parse(decodeEntities(target), this.#address);
    return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
  }
}
