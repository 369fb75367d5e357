/**
 * The source of a server of the Model Context Protocol with one tool, over standard input and output. `tool` and `result`
 * are JavaScript: what is offered, and what a call with `params` is answered with; without a result it is never answered.
 */
export function serverSource({ tool, result }: { readonly tool: string; readonly result?: string }): string {
  return `
  let rest = '';
  const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
  process.stdin.on('data', (text) => {
    const lines = (rest + text).split('\\n');
    rest = lines.pop();
    for (const { id, method, params } of lines.filter(Boolean).map((line) => JSON.parse(line))) {
      if (method === 'initialize') answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } });
      if (method === 'tools/list') answer(id, { tools: [${tool}] });
      ${result === undefined ? '' : `if (method === 'tools/call') answer(id, ${result});`}
    }
  });`;
}

/** The schema of a tool that takes a city, as JavaScript. */
export const CITY = `{ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }`;
