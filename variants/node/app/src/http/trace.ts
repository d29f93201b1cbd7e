import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

export interface Trace {
  trace_id: string;
  span_id: string;
}

const storage = new AsyncLocalStorage<Trace>();
const VALID = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/** Continues the caller's trace if its `traceparent` (W3C Trace Context) is valid, else begins a new one. */
export function beginTrace(traceparent?: string): Trace {
  const traceId = traceparent === undefined ? undefined : VALID.exec(traceparent)?.[1];
  return { trace_id: traceId ?? randomBytes(16).toString('hex'), span_id: randomBytes(8).toString('hex') };
}

export const currentTrace = (): Trace | undefined => storage.getStore();

export const withTrace = <T>(trace: Trace, work: () => T): T => storage.run(trace, work);
