import { contentsOf } from './otlp-contents.ts';
import type { OtlpSpan } from './otlp-spans.ts';
import { otlpSpans } from './otlp-spans.ts';
import { attributes } from './otlp-values.ts';
import type { RecordedRun, ReportDetail } from './recorded-run.ts';

/** So many spans are in one request. */
const SPANS_AT_ONCE = 500;
/** A request with what was said in it is no longer than that many characters, unless a single span is. */
const CHARACTERS_AT_ONCE = 2_000_000;

/** A run's spans by OpenTelemetry's conventions for generative AI, as one request of OTLP/JSON. */
export async function* otlpReport(run: RecordedRun, { withContents = false }: ReportDetail): AsyncIterable<string> {
  const { version } = run.spans;
  const contents = withContents ? await contentsOf(run.events()) : undefined;
  const [head = '', tail = ''] = JSON.stringify(request(version, [])).split('"spans":[]');
  yield `${head}"spans":[`;
  let isFirst = true;
  for (const span of otlpSpans(run.spans, contents)) {
    yield `${isFirst ? '' : ','}${JSON.stringify(span)}`;
    isFirst = false;
  }
  yield `]${tail}\n`;
}

/** The same in requests of a size that collectors take. */
export async function* otlpRequests(
  run: RecordedRun,
  { withContents = false }: ReportDetail,
): AsyncIterable<OtlpRequest> {
  const contents = withContents ? await contentsOf(run.events()) : undefined;
  let spans: OtlpSpan[] = [];
  let characters = 0;
  for (const span of otlpSpans(run.spans, contents)) {
    const length = contents ? JSON.stringify(span).length : 0;
    if (spans.length >= SPANS_AT_ONCE || (spans.length > 0 && characters + length > CHARACTERS_AT_ONCE)) {
      yield { body: JSON.stringify(request(run.spans.version, spans)), spans: spans.length };
      spans = [];
      characters = 0;
    }
    spans.push(span);
    characters += length;
  }
  yield { body: JSON.stringify(request(run.spans.version, spans)), spans: spans.length };
}

/** What is sent at once, and how many spans that is. */
export interface OtlpRequest {
  readonly body: string;
  readonly spans: number;
}

function request(version: string, spans: readonly OtlpSpan[]) {
  const resource = { attributes: attributes({ 'service.name': 'agentpar', 'service.version': version }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'agentpar', version }, spans }] }] };
}
