import { OpenAI } from 'openai';
import { runConversations } from './conversation.ts';

// A loop on the official package, streaming.
const client = new OpenAI({ apiKey: 'any', maxRetries: 0 });

await runConversations(async (body) => {
  const items: object[] = [];
  for await (const event of await client.responses.create({
    ...(body as object),
    stream: true,
  } as OpenAI.Responses.ResponseCreateParamsStreaming)) {
    const { type, item } = event as unknown as { readonly type: string; readonly item: object };
    if (type === 'response.output_item.done') items.push(item);
  }
  return items;
});
