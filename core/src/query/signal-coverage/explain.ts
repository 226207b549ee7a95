/** What the comparison of signals says, in words. */
import type { SignalCoverage } from '../../contract/coverage-query.js';

export type Compared = Omit<SignalCoverage, 'explanation'> & {
  /** Requests that were not compared, as only access logs can tell of them. */
  readonly logsAlone: number;
  /** Requests of the gateway beyond the limit of label sets. */
  readonly overflow: number;
  /** Counts of the gateway that are none. */
  readonly leftOut: number;
};

export function explain(compared: Compared): string {
  return [verdict(compared), tokensMissing(compared), notSent(compared), logsAlone(compared), doubtful(compared), ...causes(compared), leftOut(compared)].filter((sentence) => sentence !== '').join(' ');
}

/** `spans miss 28 of 100 requests (28.0 %) to gpt-4o at gateway-a; metrics and logs agree.` */
function verdict({ requests, signals, service, model, logsAlone: apart }: Compared): string {
  const sent = signals.filter((each) => each.sent);
  const to = `to ${model} at ${service}`;
  if (sent.length === 1) return `Only ${sent[0]?.signal} tell of ${counted(requests, 'request')} ${to}: there is nothing to compare them with.`;
  if (requests === 0 && apart > 0) return `No signal but logs can tell of the requests ${to}.`;
  const short = sent.filter((each) => each.requests.missing > 0);
  const full = list(sent.filter((each) => each.requests.missing === 0).map(({ signal }) => signal));
  if (short.length === 0) return `${full} agree on ${counted(requests, 'request')} ${to}.`;
  const words = short.map(({ signal, requests: { missing, percent } }) => `${signal} miss ${whole(missing)} of ${counted(requests, 'request')} (${share(percent)})`);
  const rest = sent.length - short.length > 1 ? `${full} agree` : `${full} have them all`;
  return `${list(words)} ${to}; ${rest}.`;
}

/** Tokens follow their requests, so they are worth a sentence of their own. */
function tokensMissing({ signals, tokens }: Compared): string {
  const short = signals.filter((each) => each.sent && each.tokens.missing > 0);
  if (short.length === 0) return '';
  return `${list(short.map(({ signal, tokens: { missing, percent } }) => `${signal} miss ${whole(missing)} of ${counted(tokens, 'token')} (${share(percent)})`))}.`;
}

function notSent({ signals }: Compared): string {
  const silent = signals.filter((each) => !each.sent).map(({ signal }) => signal);
  return silent.length === 0 ? '' : `${list(silent)} are not sent at all.`;
}

function causes(compared: Compared): readonly string[] {
  if (compared.missing.length === 0) return [];
  return [tokensAlone(compared), otherName(compared), border(compared), overflow(compared)];
}

/** The gateway counts a request, and ends its span, when a backend's answer is complete; Envoy logs every request. */
function logsAlone({ logsAlone: apart, noBackend, requests }: Compared): string {
  if (apart === 0) return '';
  const away = Math.min(noBackend, apart);
  const reasons = [
    ...(away > 0 ? [`${whole(away)} reached no backend`] : []),
    ...(apart > away ? [`${whole(apart - away)} ended before the answer did`] : []),
  ];
  return `Only access logs tell of ${requests === 0 ? '' : 'another '}${counted(apart, 'request')}: ${reasons.join(', ')}.`;
}

/** Logs that are lost could hide behind requests that only logs tell of. */
function doubtful({ logsAlone: apart, noBackend, signals }: Compared): string {
  const others = signals.some(({ signal, sent }) => signal !== 'logs' && sent);
  const doubt = noBackend - apart;
  if (!others || doubt <= 0) return '';
  return `Of those that reached no backend by their logs, others tell of ${whole(doubt)}, or logs miss as many.`;
}

function tokensAlone({ signals }: Compared): string {
  const short = signals.filter(({ sent, requests, tokens }) => sent && requests.missing === 0 && tokens.missing > 0).map(({ signal }) => signal);
  if (short.includes('logs')) return 'Access logs have tokens only when the route says llmRequestCosts.';
  return short.includes('spans') ? 'Spans of some requests have no tokens: in the gen_ai vocabulary those of streamed /v1/responses, reranking and audio.' : '';
}

/** One signal alone knows the model: then it may call one that the others know by another name. */
function otherName({ signals, model }: Compared): string {
  const knowing = signals.filter(({ requests }) => requests.count > 0).map(({ signal }) => signal);
  if (knowing.length !== 1 || knowing[0] !== 'spans') return '';
  return `Only spans know ${model}: a span that hides its parameters names the model that answered, not the one asked for.`;
}

function border({ atBorder, signals }: Compared): string {
  const anyRequests = signals.some(({ sent, requests }) => sent && requests.missing > 0);
  if (atBorder === 0 || !anyRequests) return '';
  return `${counted(atBorder, 'request')} lie in the first or last minute of the range: metrics are counted when they are pushed, and may lie outside of it.`;
}

function overflow({ overflow: count }: Compared): string {
  return count === 0 ? '' : `${counted(count, 'request')} of this gateway are beyond the limit of label sets and counted for no model.`;
}

function leftOut({ leftOut: count }: Compared): string {
  return count === 0 ? '' : `${counted(count, 'count')} of this gateway cannot be true and were left out.`;
}

function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function whole(count: number): string {
  return String(Math.round(count));
}

/** Of what is missing. */
function share(percentThere: number): string {
  return `${(100 - percentThere).toFixed(1)} %`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
