/** What the help of `agentpar` leads with. */
export const MAIN_EXAMPLES = `Examples:
  agentpar run prompts.txt                        one conversation per line, 4 at once
  agentpar run prompts.txt -j 16 -m openai/gpt-5.6-luna
  agentpar run prompts.txt --sequential           really run it one at a time first, and compare
  agentpar bench prompts.txt -j 1,4,16            the same many times, with intervals, and which -j is enough
  agentpar run tickets.csv --tools tools.ts -o answers.csv
  agentpar doctor                                 what is configured, and does it work?
`;

/** What the help of `agentpar run` leads with. */
export const RUN_EXAMPLES = `Examples:
  agentpar run prompts.txt                        with the model that your keys allow, or offline
  agentpar run a.txt b.jsonl -j 16                several files, 16 conversations at once
  agentpar run prompts.txt --agent team.ts#triage --tools tools.ts
  agentpar run prompts.txt -m openai-chat/qwen3 --base-url http://localhost:11434/v1
  agentpar run prompts.txt --dry-run              how the file is split, with which agent and model
  agentpar run prompts.txt --json | jq .kind      every event as a line of JSON
  agentpar run smoke.yaml -q --threshold 'failed<=1%' --threshold 'p95<20s'
  echo "Weather in Oslo?" | agentpar run -
`;

/** What the help of `agentpar bench` leads with. */
export const BENCH_EXAMPLES = `Examples:
  agentpar bench prompts.txt                      one at a time against 4 at once, 6 runs of each
  agentpar bench prompts.txt -j 1,2,4,8,16        which -j is enough?
  agentpar bench prompts.txt --modes parallel -j 8 --tool-concurrency 2,8,32
  agentpar bench prompts.txt --export-json bench.json --export-markdown bench.md
  agentpar bench prompts.txt --record work.jsonl  keep one run, and compare on just its work with --replay work.jsonl
  agentpar bench prompts.txt --dry-run            how many runs and conversations that would be
`;

/** What the help of `agentpar resume` leads with. */
export const RESUME_EXAMPLES = `Examples:
  agentpar resume                                 the latest run that is unfinished
  agentpar resume .agentpar/runs/20261120-154832-cities
`;

/** What the help of `agentpar runs` leads with. */
export const RUNS_EXAMPLES = `Examples:
  agentpar runs                                   the latest last
  agentpar runs --json
`;

/** What the help of `agentpar explain` leads with. */
export const EXPLAIN_EXAMPLES = `Examples:
  agentpar explain                                the latest run
  agentpar explain .agentpar/runs/20261120-154832-cities --verbose
  agentpar explain --json | jq '.modes[-1].advice'
`;

/** What the help of `agentpar diff` leads with. */
export const DIFF_EXAMPLES = `Examples:
  agentpar diff 20261120-154832-cities 20261120-160105-cities
  agentpar diff before after -o diff.html         as a page too
`;

/** What the help of `agentpar sim` leads with. */
export const SIM_EXAMPLES = `Examples:
  agentpar sim --port 8080                        OpenAI, Chat Completions and Gemini on one port
  agentpar sim --port 8080 ttft=300 tps=60 429=0.1 seed=7
  OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=any agentpar run prompts.txt
`;

/** What the help of `agentpar doctor` leads with. */
export const DOCTOR_EXAMPLES = `Examples:
  agentpar doctor                                 the model that a run would use
  agentpar doctor -m gemini/gemini-3.8-flash
`;

/** What the help of `agentpar tools` leads with. */
export const TOOLS_EXAMPLES = `Examples:
  agentpar tools                                  what an agent has by itself
  agentpar tools --builtin all                    what there is
  agentpar tools --agent team.ts --tools tools.ts --policy policy.json
  agentpar tools --mcp servers.json --json | jq .parameters
`;

/** What the help of `agentpar report` leads with. */
export const REPORT_EXAMPLES = `Examples:
  agentpar report                                 the latest run, as Markdown
  agentpar report -o report.html                  as one page to look at, by what the file's name says
  agentpar report -o smoke.xml                    as JUnit
  agentpar report -f trace -o run.trace.json .agentpar/runs/20261120-154832-cities
  agentpar report --otlp http://localhost:4318    its spans to a collector
`;

/** What the help of `agentpar whatif` leads with. */
export const WHATIF_EXAMPLES = `Examples:
  agentpar whatif                                 the latest run, with 1 to as many at once as it has prompts
  agentpar whatif .agentpar/runs/20261120-154832-cities -j 1..64
  agentpar whatif -j 4,8,16 --tool-concurrency 8,32 --rpm 500
`;
