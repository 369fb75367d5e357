import type { ReportFormat } from '../report/formats/recorded-run.ts';

/** A format of `agentpar report`. */
interface FormatEntry {
  /** Of a file that is written in it, if its name says so. */
  readonly extension?: string;
  readonly load: () => Promise<ReportFormat>;
  /** It leaves secrets out by itself, because not all that it writes is text that may be changed. */
  readonly isWithoutSecrets?: true;
}

/** The formats of `agentpar report`, by name. */
export const REPORT_FORMATS: Readonly<Record<string, FormatEntry>> = {
  markdown: { extension: '.md', load: async () => (await import('../report/formats/markdown.ts')).markdownReport },
  json: { extension: '.json', load: async () => (await import('../report/formats/json.ts')).jsonReport },
  junit: { extension: '.xml', load: async () => (await import('../report/formats/junit.ts')).junitReport },
  trace: { extension: '.trace.json', load: async () => (await import('../report/formats/trace.ts')).traceReport },
  otlp: { extension: '.otlp.json', load: async () => (await import('../report/formats/otlp.ts')).otlpReport },
  html: {
    extension: '.html',
    load: async () => (await import('./html-report.ts')).htmlReport,
    isWithoutSecrets: true,
  },
};
