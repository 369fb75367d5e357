import type { Document, YAMLError } from 'yaml';
import type { Found } from './entry.ts';
import { visible } from './quote.ts';

/**
 * The line on which a value starts; with `linesDown`, the line that many line feeds into its text, as far as that can be
 * told. Where there is no such value, the line of what it would be part of.
 */
export type LineOf = (path: readonly (string | number)[], linesDown?: number) => number;

/** What a YAML text says, or why it cannot be told. */
export type ParsedYaml =
  | { readonly ok: true; readonly value: unknown; readonly lineOf: LineOf }
  | { readonly ok: false; readonly problems: readonly Found[] };

/** Parses one YAML document: no tags of its own, no key twice, at most 100 aliases. */
export async function parseYaml(text: string): Promise<ParsedYaml> {
  const yaml = await import('yaml');
  const lineCounter = new yaml.LineCounter();
  const lineAt = (offset: number) => lineCounter.linePos(offset).line;
  const document = yaml.parseDocument(text, {
    lineCounter,
    logLevel: 'error',
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
  });
  const errors = worthSaying([...document.errors, ...document.warnings]);
  if (errors.length > 0) {
    return refuse(errors.map((error) => ({ ok: false, line: lineAt(error.pos[0]), problem: explain(error) })));
  }
  const aliasLines: number[] = [];
  yaml.visit(document, { Alias: (_key, node) => void aliasLines.push(lineAt(node.range?.[0] ?? 0)) });
  if (aliasLines.length > MAX_ALIASES) {
    return refuse([{ ok: false, line: aliasLines[MAX_ALIASES] ?? 1, problem: TOO_MANY_ALIASES }]);
  }
  try {
    // It counts the value itself beside its aliases.
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES + 1 });
    return { ok: true, value, lineOf: (path, linesDown) => lineOfNode(document, path, linesDown, lineAt) };
  } catch (error) {
    // Aliases of aliases that would multiply beyond all bounds, or that stand for nothing.
    if (!(error instanceof ReferenceError)) throw error;
    const problem = `Cannot read the YAML: ${visible(error.message)}. Write out what the aliases stand for.`;
    return refuse([{ ok: false, line: aliasLines[0] ?? 1, problem }]);
  }
}

const MAX_ALIASES = 100;
const TOO_MANY_ALIASES = `Cannot read the YAML: there are more than ${MAX_ALIASES} aliases. Write out what they stand for, or put it into "defaults".`;

function refuse(problems: readonly Found[]): ParsedYaml {
  return { ok: false, problems };
}

/** One slip in the syntax makes many errors, of which the first tells most; otherwise each is a fault of its own. */
function worthSaying(errors: readonly YAMLError[]): readonly YAMLError[] {
  const syntax = errors.find(({ code }) => code !== 'DUPLICATE_KEY' && code !== 'TAG_RESOLVE_FAILED');
  return syntax === undefined ? errors : [syntax];
}

function explain({ code, message }: YAMLError): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'Cannot read the YAML: this field is already there, in the same entry. Delete one of the two.';
    case 'TAG_RESOLVE_FAILED':
      return 'Cannot read the YAML: tags (with !) are not known here. Take it out, or write the value in quotes.';
    case 'MULTIPLE_DOCS':
      return 'Cannot read the YAML: a second document starts here. Put all prompts into one list, without "---".';
    case 'RESOURCE_EXHAUSTION':
      return 'Cannot read the YAML: it nests too deeply. Flatten it.';
    default:
      return `Cannot read the YAML: ${visible(message)}. Mend it there; a text with : # { or " in it is safest in quotes.`;
  }
}

function lineOfNode(
  document: Document,
  path: readonly (string | number)[],
  linesDown: number | undefined,
  lineAt: (offset: number) => number,
): number {
  const node: unknown = document.getIn(path, true);
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) {
    return path.length === 0 ? 1 : lineOfNode(document, path.slice(0, -1), undefined, lineAt);
  }
  const line = lineAt(Number(node.range[0]));
  // Only here do the lines of the text stand under each other in the file as they do in the value.
  const isLiteral = 'type' in node && node.type === 'BLOCK_LITERAL';
  return isLiteral && linesDown !== undefined ? line + 1 + linesDown : line;
}
