/** Shorter values are too likely to be words that stand there for another reason. */
const LEAST_LENGTH = 8;

/** So much of a secret is taken for one where a text was cut off; what is shorter tells next to nothing. */
const LEAST_PART = 4;

/** How this program marks where it cut a text off, also in the middle of a secret: as it is and as JSON writes it. */
const CUT_OFF = /…|(?:\n|\\{1,8}n)\[cut: /g;

/** Where this program speaks in its own words at the top of an event, and of a result or outcome in it: never a secret. */
const OWN_WORDS: ReadonlySet<string> = new Set(['kind', 'code', 'status', 'mode', 'modes', 'stop']);

/**
 * Puts names in the place of secrets, in texts and events that are to be written: `[OPENAI_API_KEY]`. A secret is found
 * as it is, as JSON writes it (twice over too) and as URLs do, and its beginning where a text was cut off in it; one that
 * is spread over two texts is not found.
 */
export class Redactor {
  readonly #names = new Map<string, string>();
  #pattern: RegExp | undefined;
  /** Where a secret may begin. */
  #begin: RegExp | undefined;
  /** Characters of the longest form. */
  #longest = 0;

  /** A secret from now on, unless it is shorter than eight characters; the first name of a value stays. */
  add(name: string, value: string): void {
    const secret = value.trim();
    // Of a key in several lines (PEM, say) each line may be shown by itself.
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    const before = this.#names.size;
    for (const part of new Set([secret, ...lines])) {
      if (part.length < LEAST_LENGTH || /^-+(BEGIN|END) /.test(part)) continue;
      for (const form of formsOf(part)) if (!this.#names.has(form)) this.#names.set(form, name);
    }
    if (this.#names.size === before) return;
    const forms = [...this.#names.keys()];
    this.#pattern = patternOf(forms);
    this.#longest = Math.max(...forms.map(({ length }) => length));
    this.#begin = patternOf([...new Set(forms.map((form) => form.slice(0, LEAST_PART)))]);
  }

  /** The text without secrets. */
  readonly text = (text: string): string => {
    if (this.#pattern === undefined || this.#begin === undefined || text.search(this.#begin) < 0) return text;
    return this.#withoutParts(text.replaceAll(this.#pattern, (form) => `[${this.#names.get(form)}]`));
  };

  #withoutParts(text: string): string {
    const marks = text.matchAll(CUT_OFF);
    let mark = marks.next();
    if (mark.done) return text;
    let shown = '';
    let from = 0;
    for (const { index } of text.matchAll(new RegExp(`(?=${this.#begin?.source})`, 'g'))) {
      while (!mark.done && mark.value.index < index) mark = marks.next();
      if (mark.done) break;
      const { index: end } = mark.value;
      const name = index < from || end - index > this.#longest ? undefined : this.#nameOf(text.slice(index, end));
      if (name === undefined) continue;
      shown += `${text.slice(from, index)}[${name}]`;
      from = end;
    }
    return from === 0 ? text : shown + text.slice(from);
  }

  /** Whose beginning it is. */
  #nameOf(part: string): string | undefined {
    if (part.length < LEAST_PART) return undefined;
    for (const [form, name] of this.#names) if (form.startsWith(part)) return name;
    return undefined;
  }

  /** The event without secrets in any text or key that comes from elsewhere: the same object where there is none. */
  readonly event = <T extends object>(event: T): T => {
    if (this.#pattern === undefined) return event;
    try {
      return this.#ownMembers(event, (key, value) => {
        if ((key !== 'outcome' && key !== 'result') || !isObject(value)) return this.#value(value);
        return this.#ownMembers(value, (_key, member) => this.#value(member));
      }) as T;
    } catch (error) {
      // Too deep for this, but not for JSON.
      if (error instanceof RangeError) return JSON.parse(this.text(JSON.stringify(event))) as T;
      throw error;
    }
  };

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) {
      const shown = value.map((item) => this.#value(item));
      return shown.some((item, index) => item !== value[index]) ? shown : value;
    }
    return isObject(value) ? members(value, this.text, (_key, member) => this.#value(member)) : value;
  }

  #ownMembers(object: object, redact: Redact): object {
    return members(
      object,
      (key) => key,
      (key, value) => (OWN_WORDS.has(key) ? value : redact(key, value)),
    );
  }
}

type Redact = (key: string, value: unknown) => unknown;

/** The object with other keys and values: the same one where nothing changes. */
function members(object: object, redactKey: (key: string) => string, redact: Redact): object {
  let changed: [string, unknown][] | undefined;
  for (const [index, key] of Object.keys(object).entries()) {
    const value = (object as Readonly<Record<string, unknown>>)[key];
    const shownKey = redactKey(key);
    const shown = redact(key, value);
    if (shown === value && shownKey === key) continue;
    changed ??= Object.entries(object);
    changed[index] = [shownKey, shown];
  }
  // As entries, so that no key can set a prototype.
  return changed ? Object.fromEntries(changed) : object;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** How a secret may be written. */
function formsOf(secret: string): readonly string[] {
  const inJson = escaped(secret);
  const inUrl = encodeURIComponent(secret.toWellFormed());
  const lowered = inUrl.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [secret, inJson, escaped(inJson), inUrl, lowered, inUrl.replaceAll('%20', '+')];
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Longer ones first: one secret may begin with another. */
function patternOf(forms: readonly string[]): RegExp {
  const longestFirst = forms.toSorted((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}
