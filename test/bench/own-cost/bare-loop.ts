import { Agent } from 'undici';
import { runConversations } from './conversation.ts';

// A loop on undici: a request, its text, the lines of it that matter.
const agent = new Agent();
const url = new URL(`${process.env['OPENAI_BASE_URL']}/responses`);

await runConversations(async (body) => {
  const response = await agent.request({
    origin: url.origin,
    path: url.pathname,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer any' },
    body: JSON.stringify(body),
  });
  const items: object[] = [];
  for (const line of (await response.body.text()).split('\n')) {
    if (!line.startsWith('data: ')) continue;
    const event = JSON.parse(line.slice(6)) as { readonly type: string; readonly item: object };
    if (event.type === 'response.output_item.done') items.push(event.item);
  }
  return items;
});
await agent.close();
