/** What a request asks for. */
export type Route =
  | { readonly kind: 'responses' | 'chat' }
  | { readonly kind: 'gemini'; readonly model: string; readonly method: string }
  | { readonly kind: 'models'; readonly vendor: 'openai' | 'gemini'; readonly model?: string }
  | { readonly kind: 'unknown'; readonly vendor: 'openai' | 'gemini' };

/** Finds out what a request asks for. What stands before the known end of a path does not matter. */
export function routeOf(method: string, path: string, hasGoogleKey: boolean): Route {
  const vendor = hasGoogleKey || /\/v1(?:beta|alpha)/.test(path) ? 'gemini' : 'openai';
  const clean = path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  if (method === 'POST') {
    if (clean.endsWith('/chat/completions')) return { kind: 'chat' };
    if (clean.endsWith('/responses')) return { kind: 'responses' };
    const generate = /\/models\/([^/]+):([A-Za-z]+)$/.exec(clean);
    if (generate) return { kind: 'gemini', model: decode(generate[1]), method: generate[2] ?? '' };
  }
  const models = method === 'GET' ? /\/models(?:\/([^/]+))?$/.exec(clean) : null;
  if (!models) return { kind: 'unknown', vendor };
  return { kind: 'models', vendor, ...(models[1] === undefined ? {} : { model: decode(models[1]) }) };
}

function decode(text = ''): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
