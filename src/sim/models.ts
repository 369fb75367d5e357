import type { Route } from './route.ts';

/** The name under which the offline model is listed. Any other name is served as well. */
const OFFLINE_MODEL = 'offline';

/** What a request for the models, or for one model, is told. */
export function modelsText({ vendor, model }: Route & { kind: 'models' }): string {
  const one = vendor === 'gemini' ? geminiModel(model ?? OFFLINE_MODEL) : openAiModel(model ?? OFFLINE_MODEL);
  if (model !== undefined) return JSON.stringify(one);
  return JSON.stringify(vendor === 'gemini' ? { models: [one] } : { object: 'list', data: [one] });
}

function openAiModel(id: string) {
  return { id, object: 'model', created: 1_767_225_600, owned_by: 'agentpar' };
}

function geminiModel(name: string) {
  return {
    name: `models/${name}`,
    version: '001',
    displayName: name,
    description: "agentpar's offline rule-based stand-in, not a language model",
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent'],
  };
}
