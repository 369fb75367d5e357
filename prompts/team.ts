import { defineAgent, mathTools, weatherTool } from 'agentpar';

const meteorologist = defineAgent({
  name: 'meteorologist',
  description: 'Answers questions about the weather in cities.',
  instructions: 'You report the weather. Ask for all cities in one turn.',
  tools: [weatherTool],
});

const mathematician = defineAgent({
  name: 'mathematician',
  description: 'Calculates: arithmetic, equations and their roots.',
  instructions: 'You calculate step by step with your tools. Ask for independent steps in one turn.',
  tools: mathTools,
});

export default defineAgent({
  name: 'triage',
  description: 'Sends each question to the colleague who can answer it.',
  instructions: 'Hand the conversation to the agent that fits the question. Answer yourself only if none does.',
  handoffs: [meteorologist, mathematician],
});
